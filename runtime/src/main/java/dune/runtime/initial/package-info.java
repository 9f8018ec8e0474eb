/// Checkpoints that nobody trained: of the shape that a model has, with numbers as its initializers
/// say.
///
/// In: a {@link dune.runtime.library.ModelFile}, its parameters and a seed. Out: a folder as
/// Hugging Face keeps them, which the rest of dune cannot tell from a downloaded one. No native
/// library is needed.
package dune.runtime.initial;
