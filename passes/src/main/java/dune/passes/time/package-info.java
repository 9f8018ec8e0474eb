/// Time: the functions that follow from one `forward`.
///
/// `score` sees whole sequences; `step` appends a few steps to what it has seen before, and keeps
/// caches, windows and the states of scans between calls; `next` is `step` with the logits of each
/// row's last step only. In: a program with `forward`. Out: the program with those functions, or
/// the {@link dune.passes.time.Reason reasons} why a model cannot be continued.
///
/// The analysis decides what may be cached and never changes anything; the derivation rebuilds and
/// never decides. Imports `rewrite` and `pass`. It does not choose which functions a program needs.
package dune.passes.time;
