/// Dimensions: sizes of axes as polynomials over named atoms, with a normal form on which equality
/// is decided.
///
/// In: names and numbers. Out: {@link dune.ir.dim.Dim}. Imports nothing of dune. It does not solve
/// equations: `H * K = D` is compared, never inverted.
package dune.ir.dim;
