/// Simplification: constants are folded, operations brought into one form, and those that undo each
/// other cancelled.
///
/// In and out: programs of any stage. One class per rule; {@link dune.passes.simplify.Simplify}
/// lists them. Imports `rewrite`. Rules that need to know what a program does (attention, norms)
/// belong elsewhere.
package dune.passes.simplify;
