package dune.backend.torch.archive;

import java.lang.foreign.MemorySegment;

/// Where the numbers of a tensor come from.
public sealed interface Content {
  /// They lie in the archive: little-endian, row-major, without gaps.
  record Bytes(MemorySegment bytes) implements Content {}

  /// They are bound after loading. Until then the archive holds an empty tensor of the right
  /// element type.
  record Absent() implements Content {}

  /// They lie in the archive, and are all zero.
  record Zeros() implements Content {}
}
