/// The safetensors format: reading headers, mapping tensors into memory, writing.
///
/// In goes a path, out come tensors as name, type, shape and the memory where they lie in the file.
/// A header is believed only after every byte of the file is accounted for, and costs no more
/// memory than its own size suggests. Converting and rearranging tensors is not done here.
package dune.weights.safetensors;
