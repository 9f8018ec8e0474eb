/// Checkpoints: the files that hold a model's weights and settings.
///
/// This package has what its subpackages share: the two ways in which a file can disappoint, and
/// writing without leaving halves. `layout` describes where elements lie, `tensor` is what every
/// format gives: tensors and their places. `safetensors` reads and writes that format; `pickle`
/// reads PyTorch's files, `consolidated` sees Meta's and Mistral's layout as the usual one.
/// `config` reads `config.json`, `bind` finds the tensors that a model asks for and brings them
/// into its layout, `checkpoint` opens a folder as a user names it, `convert` writes one anew.
/// Imports run from `convert` to `checkpoint`, from there to `bind`, `config`, `pickle` and
/// `consolidated`, from those to `safetensors`, `tensor` and `layout`, in this order, from all to
/// here. Files are untrusted throughout. Nothing here knows the language or a backend.
package dune.weights;
