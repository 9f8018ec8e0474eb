/// Checkpoints: the files that hold a model's weights and settings.
///
/// This package has what its subpackages share: the two ways in which a file can disappoint, and
/// writing without leaving halves. `safetensors` reads and writes the format, `config` reads
/// `config.json`, `bind` finds the tensors that a model asks for and brings them into its layout,
/// `checkpoint` opens a folder as a user names it. Imports run from `checkpoint` to `bind` and
/// `config`, from there to `safetensors`, from all to here. Files are untrusted throughout. Nothing
/// here knows the language or a backend.
package dune.weights;
