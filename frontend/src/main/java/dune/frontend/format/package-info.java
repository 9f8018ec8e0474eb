/// Formatting: one layout for every file. Authors choose where lines break; this chooses
/// indentation and spaces.
///
/// In: {@link dune.frontend.source.SourceText}. Out: text, or diagnostics if the file does not
/// parse. The tokens and comments stay as they are, so the meaning does. Imports: `parse`,
/// `source`, `diagnostic`, the grammar.
package dune.frontend.format;
