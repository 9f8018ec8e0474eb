/// Weights that nobody trained: numbers drawn as the initializers of a model say.
///
/// In go the tensors that a file should have ({@link dune.weights.bind.FileTensor}), an initializer
/// for each weight, and a seed; out come tensors for a writer, whose bytes are drawn while they are
/// written. A number depends on the seed, the path of the weight and the place in it, and on
/// nothing else: neither on threads nor on how a file arranges its tensors. Which weights a model
/// has is not known here.
package dune.weights.random;
