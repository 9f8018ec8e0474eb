/// A compiled model with its weights on libtorch, ready to continue sequences and to score them.
///
/// In: {@link dune.runtime.compile.Compiled} or a bundle, and mapped weight files. Out: {@link
/// dune.runtime.model.TorchModel}. Weights are used where they lie in the files.
package dune.runtime.model;
