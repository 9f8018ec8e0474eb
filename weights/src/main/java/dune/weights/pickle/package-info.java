/// PyTorch's checkpoints, read without Python and without executing anything.
///
/// In goes a path, out come tensors as {@link dune.weights.tensor.Tensors}: name, type, shape and
/// where in the file their elements lie, views and shared storages included. Both forms are read:
/// the zip archive, and the stream that PyTorch wrote before 1.6. A pickle is a program; the
/// machine that runs it here knows a few dozen names, builds nothing but records, and refuses
/// everything else by name. Opcodes, memory and sizes are bounded. Nothing is written.
package dune.weights.pickle;
