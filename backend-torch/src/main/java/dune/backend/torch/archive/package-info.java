/// TorchScript archives as values, and their bytes.
///
/// In: attributes (weights, state, numbers) and the text of a module's methods. Out: the file that
/// `torch::jit::load` and `torch.jit.load` read, the same to the byte for the same input. Knows the
/// container (a stored zip, pickle protocol 2) and nothing of what the methods mean; needs no
/// native library.
package dune.backend.torch.archive;
