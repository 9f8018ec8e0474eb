/// Tensors of a checkpoint, whatever the format of its files.
///
/// A tensor is a name, an element type and a shape ({@link dune.weights.tensor.TensorInfo}), and
/// lies in parts of files that can be mapped into memory ({@link dune.weights.tensor.Source}).
/// Formats make these; binding, loading and conversion use them. No format is known here, and no
/// element is read.
package dune.weights.tensor;
