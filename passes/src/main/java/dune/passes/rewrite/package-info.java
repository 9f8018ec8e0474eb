/// Rewriting: functions are copied into a fresh builder, node by node, and rules replace operations
/// on the way.
///
/// In: a function and a set of {@link dune.passes.rewrite.Rule rules}. Out: the function in which
/// none of them applies. Imports `pass` for observers. Whether a rewrite is worth it is decided by
/// the rules; nothing here knows any.
package dune.passes.rewrite;
