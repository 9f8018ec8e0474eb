/// Rewrites of the IR, and the programs that follow from one `forward`.
///
/// In: what the frontend lowered. Out: programs with `score`, `step` and `next`, simplified. This
/// package says which passes there are and in what order they run; what they do stands in the
/// packages below it, which know nothing of one another but `rewrite` and `pass`.
package dune.passes;
