package dune.weights.convert;

import dune.weights.tensor.Source;
import dune.weights.tensor.Tensors.Located;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Holds bytes that come one after the other against a tensor that was written row by row.
final class Comparison {
  private final Source.Region region;
  private long at;

  Comparison(Located copy) {
    if (!(copy.source() instanceof Source.Region found)) {
      throw new IllegalArgumentException(copy.info() + " was not written in one piece");
    }
    region = found;
  }

  boolean matches(MemorySegment bytes) {
    if (bytes.byteSize() > region.bytes() - at) return false;
    try (var arena = Arena.ofConfined()) {
      var part = region.file().map(region.begin() + at, bytes.byteSize(), arena);
      at += bytes.byteSize();
      return part.mismatch(bytes) < 0;
    }
  }

  boolean isWhole() {
    return at == region.bytes();
  }
}
