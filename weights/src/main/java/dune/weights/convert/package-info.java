/// Checkpoints written anew: from whatever form is read to sharded safetensors.
///
/// In goes a {@link dune.weights.checkpoint.Checkpoint}, out comes a folder that any reader of
/// safetensors opens: the tensors row by row, perhaps in another element type, with index and
/// settings. Tensors are streamed in pieces, and what was written is read back and compared. No
/// number is computed but by rounding.
package dune.weights.convert;
