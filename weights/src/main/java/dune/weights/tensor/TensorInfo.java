package dune.weights.tensor;

import java.util.List;

/// What a tensor is, wherever it lies.
///
/// @param shape sizes, outermost first; empty for a scalar
public record TensorInfo(String name, DType type, List<Long> shape) {
  public TensorInfo {
    shape = List.copyOf(shape);
    if (type.bytes(shape).isEmpty()) {
      throw new IllegalArgumentException("no tensor can be " + name + ": " + type + shape);
    }
  }

  /// The size of its elements, one behind the other.
  public long bytes() {
    return type.bytes(shape).orElseThrow();
  }

  @Override
  public String toString() {
    return name + ": " + type + shape;
  }
}
