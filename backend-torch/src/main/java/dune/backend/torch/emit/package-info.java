/// From a program to a TorchScript archive.
///
/// In: a {@link dune.ir.Program}. Out: {@link Emitted}, an archive whose methods are the program's
/// functions, and the names under which weights and state are bound to it. One line of
/// straight-line text per operation, calling the ATen operator that is nearest, only such as every
/// device has. Runs without a native library. Decides nothing about fusion or memory: what is
/// written is what the IR says.
package dune.backend.torch.emit;
