/// Compilation: from a model file and a checkpoint's headers to a program that can be emitted.
///
/// In: {@link dune.runtime.library.ModelFile}, {@link dune.weights.checkpoint.Checkpoint}. Out:
/// {@link dune.runtime.compile.Compiled}. No tensor is read and no native library is needed.
package dune.runtime.compile;
