/// A checkpoint as a user names it: a folder in Hugging Face's layout, or one file.
///
/// In goes a path, out come the headers of all tensors, the settings, and where the tokenizer lies.
/// Which weights a model makes of them is not decided here.
package dune.weights.checkpoint;
