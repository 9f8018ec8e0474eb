/// From text to token ids and back.
///
/// In go a checkpoint folder (`tokenizer.json` and the JSON files beside it) and text; out come
/// token ids, text, and the ids that begin and end a sequence. Nothing here knows about models.
/// Hugging Face's own native library does the work; it is told not to call home and not to cut long
/// texts. Chat templates are not handled here.
package dune.runtime.tokenize;
