/// Tables: what depends on nothing but the position of a step is computed once for all positions
/// that there can be, and then looked up, instead of being computed by every call.
///
/// In: a program whose functions are derived and simplified. Out: the same program, in which `step`
/// and `next` read rows of what {@link dune.ir.Program#TABLES} gives. Imports `pass`, `rewrite` and
/// `simplify`. What depends on the steps so far, on tokens or on weights stays as it is, and so
/// does what costs no more than a lookup.
package dune.passes.tabulate;
