/// Conversations with a model.
///
/// In go a checkpoint folder's chat template, a tokenizer, a model and what a person says; out come
/// the pieces of the answer. A {@link dune.runtime.chat.Chat} remembers what was said, writes the
/// whole conversation as the template wants it for every answer, and has the model read only what
/// it has not read yet. How templates are rendered is the business of {@code
/// dune.runtime.template}; terminals are not known here.
package dune.runtime.chat;
