/// Fusion: groups of operations that belong together become one {@link dune.ir.Control.Fused}.
///
/// In: a program whose functions are derived and simplified. Out: the same program, in which the
/// operations of each group stand in a body. A group is found by a {@link dune.passes.fuse.Pattern}
/// on the frozen function, from its last operation backwards. Imports `pass` and `rewrite`. How a
/// group is computed is the backend's affair; every backend may inline it.
package dune.passes.fuse;
