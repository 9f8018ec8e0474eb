/// Checks that a program is one: typed, in SSA form, closed.
///
/// In: a {@link dune.ir.Program}. Out: a list of {@link dune.ir.verify.Problem}, all of them at
/// once. It runs after lowering and after every pass; a problem is a fault of ours, never of the
/// author of a model.
package dune.ir.verify;
