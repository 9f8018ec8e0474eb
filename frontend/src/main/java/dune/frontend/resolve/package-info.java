/// Name resolution: every name of a file is something in sight, also in branches that no choice of
/// parameters reaches.
///
/// In: a {@link dune.frontend.ast.SourceFile}. Out: diagnostics for names that nothing has and for
/// imports and `let`s that nobody uses. What a name means is found later, when bodies are
/// evaluated. Imports: `source`, `diagnostic`, `ast`.
package dune.frontend.resolve;
