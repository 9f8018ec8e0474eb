/// The template language of chat templates: Jinja, as Python's jinja2 reads and renders it.
///
/// In goes the text of a template and the values that it may use; out comes text, or a {@link
/// dune.runtime.template.TemplateFailure} with its line. The way is short: {@code Lexer} (text to
/// tokens, with all whitespace control), {@code TemplateParser} and {@code ExpressionParser}
/// (tokens to records), {@code Renderer} and {@code Evaluator} (records to text and values).
///
/// Templates come from strangers. They see only the values given to them: there are no files, no
/// imports, no Java objects, nothing that they can change outside of themselves; and work, depth
/// and size are bounded. What a conversation is, is not known here.
package dune.runtime.template;
