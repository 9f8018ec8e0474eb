package dune.weights.safetensors;

import java.util.List;

/// A tensor as a header describes it.
///
/// @param shape sizes, outermost first; empty for a scalar
/// @param begin offset of the first byte, counted from the end of the header
/// @param end offset behind the last byte
public record TensorInfo(String name, DType type, List<Long> shape, long begin, long end) {
  public TensorInfo {
    shape = List.copyOf(shape);
  }

  public long bytes() {
    return end - begin;
  }

  @Override
  public String toString() {
    return name + ": " + type + shape;
  }
}
