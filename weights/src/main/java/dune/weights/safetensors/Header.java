package dune.weights.safetensors;

import dune.weights.tensor.TensorInfo;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// The header of a file that was found to be consistent.
///
/// @param metadata texts that the writer added, such as `format`
/// @param tensors by name, in the order in which they lie in the file
/// @param dataStart where in the file the first tensor begins
/// @param fileSize of the file that the header describes
public record Header(
    Map<String, String> metadata, Map<String, Entry> tensors, long dataStart, long fileSize) {
  public Header {
    metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
  }

  /// @param begin offset of the first byte, counted from the end of the header
  /// @param end offset behind the last byte
  public record Entry(TensorInfo info, long begin, long end) {}
}
