/// Laws of dimensions.
package dune.ir.dim;
