/// From what a model asks for to the memory where it lies.
///
/// In go a {@link dune.ir.checkpoint.CheckpointMap}, requests and the headers of a checkpoint; out
/// comes a {@link dune.weights.bind.BindingReport}: for each weight a recipe, or what is wrong.
/// That reads no tensor. A {@link dune.weights.bind.WeightLoader} then follows the recipes, and
/// copies only what cannot be used where it lies.
package dune.weights.bind;
