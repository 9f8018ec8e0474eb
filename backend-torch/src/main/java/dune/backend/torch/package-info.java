/// The way from a program to running code on libtorch, in two steps.
///
/// `emit` turns a {@link dune.ir.Program} into an archive, without a native library; `run` has the
/// interfaces that a program is run through, `libtorch` implements them; `archive` is the
/// container. This package joins them: {@link dune.backend.torch.TorchBackend} emits and loads,
/// {@link dune.backend.torch.TorchProgram} is what has been loaded. Imports run from here to `emit`
/// and `libtorch`, from there to `archive` and `run`.
package dune.backend.torch;
