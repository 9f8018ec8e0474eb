/// Checkpoints as Meta and Mistral publish them: `consolidated.00.pth` with `params.json`.
///
/// In go tensors under the names of those files, perhaps in parts for several machines, and their
/// parameters; out come the tensors and settings that Hugging Face's layout would have. Nothing is
/// copied: a tensor that has to be permuted or joined is only described so.
package dune.weights.consolidated;
