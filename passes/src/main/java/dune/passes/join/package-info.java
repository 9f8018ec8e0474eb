/// Joining: products of one input with several weights become one product with the weights behind
/// one another, which is one call instead of several, and reads the input once.
///
/// In: a program whose functions are derived and simplified. Out: the same program, in which a
/// {@link dune.ir.Layout.Concat} of weights stands in one product, and slices of its result where
/// the products were. A backend lays the joined weight out once, when it loads. Imports `pass`,
/// `rewrite` and `fuse`, which knows what activations take the place of.
package dune.passes.join;
