/// The syntax tree: what the author wrote, and where.
///
/// Every alternative is a record in a sealed interface, and every node has a {@link
/// dune.frontend.source.Span}. Names are text; nothing is resolved or checked here. A place that
/// could not be parsed is an `Error...` node: it has been reported, and later phases pass over it
/// in silence.
///
/// Goes in: the parser's findings. Goes out: to elaboration. Imports: `source` only.
package dune.frontend.ast;
