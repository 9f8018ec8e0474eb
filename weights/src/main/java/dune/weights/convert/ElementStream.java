package dune.weights.convert;

import dune.weights.bind.Convert;
import dune.weights.layout.Strided;
import dune.weights.layout.StridedCopy;
import dune.weights.safetensors.SafetensorsWriter.Sink;
import dune.weights.tensor.DType;
import dune.weights.tensor.Source;
import dune.weights.tensor.Tensors.Located;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// The elements of a tensor, row by row, in pieces: whatever the size of the tensor, only a piece
/// of it is in memory, and only a piece of its file is mapped.
public final class ElementStream {
  /// Elements; of f64 these take 32 MB.
  private static final long PIECE = 1 << 22;

  private static final long ALIGNMENT = 64;

  private final DType type;
  private final Sink sink;
  private long overflows;

  private ElementStream(DType type, Sink sink) {
    this.type = type;
    this.sink = sink;
  }

  /// Writes all elements of a tensor.
  ///
  /// @param type of the elements as they are written; other than the tensor's only between floats
  /// @return how many numbers became infinite because the type is too narrow for them
  public static long write(Located tensor, DType type, Sink sink) throws IOException {
    var stream = new ElementStream(type, sink);
    stream.write(tensor);
    return stream.overflows;
  }

  private void write(Located tensor) throws IOException {
    switch (tensor.source()) {
      case Source.Region region -> region(region, tensor.info().type(), tensor.info().bytes());
      case Source.Joined(var axis, var parts) -> {
        if (axis == 0) for (Located part : parts) write(part);
        else beside(axis, parts, tensor);
      }
    }
  }

  private void region(Source.Region region, DType from, long bytes) throws IOException {
    if (from == type && region.layout().isContiguous()) {
      raw(region, region.begin() + region.layout().offset() * from.bits() / Byte.SIZE, bytes);
      return;
    }
    for (Strided piece : region.layout().pieces(PIECE)) {
      try (var arena = Arena.ofConfined()) {
        sink.write(converted(ordered(region, piece, from, arena), from, arena));
      }
    }
  }

  private void raw(Source.Region region, long begin, long bytes) throws IOException {
    long window = PIECE * Long.BYTES;
    for (long at = 0; at < bytes; at += window) {
      try (var arena = Arena.ofConfined()) {
        sink.write(region.file().map(begin + at, Math.min(window, bytes - at), arena));
      }
    }
  }

  private static MemorySegment ordered(
      Source.Region region, Strided piece, DType from, Arena arena) {
    int width = from.bits() / Byte.SIZE;
    long first = piece.offset();
    var mapped =
        region.file().map(region.begin() + first * width, (piece.reach() - first) * width, arena);
    if (piece.isContiguous()) return mapped;
    var ordered = arena.allocate(piece.count() * width, ALIGNMENT);
    StridedCopy.copy(mapped, piece.shifted(-first), ordered, width);
    return ordered;
  }

  private MemorySegment converted(MemorySegment elements, DType from, Arena arena) {
    if (from == type) return elements;
    long count = elements.byteSize() * Byte.SIZE / from.bits();
    var converted = arena.allocate(count * type.bits() / Byte.SIZE, ALIGNMENT);
    overflows += Convert.convert(elements, from, converted, type, count);
    return converted;
  }

  /// Parts that lie side by side: some rows of each at a time.
  private void beside(int axis, List<Located> parts, Located whole) throws IOException {
    var shape = whole.info().shape();
    long rows = shape.getFirst();
    long rowElements = shape.subList(1, shape.size()).stream().reduce(1L, (a, b) -> a * b);
    if (rows * rowElements == 0) return;
    long each = Math.max(1, PIECE / rowElements);
    for (long from = 0; from < rows; from += each) {
      long count = Math.min(each, rows - from);
      try (var arena = Arena.ofConfined()) {
        var block = arena.allocate(count * rowElements * type.bits() / Byte.SIZE, ALIGNMENT);
        long runs = count * shape.subList(1, axis).stream().reduce(1L, (a, b) -> a * b);
        fill(block, runs, parts, from, count, arena);
        sink.write(block);
      }
    }
  }

  /// @param runs how many runs of each part lie in the block
  private void fill(
      MemorySegment block, long runs, List<Located> parts, long from, long count, Arena arena)
      throws IOException {
    long pitch = block.byteSize() / runs;
    long at = 0;
    for (Located part : parts) {
      var elements = rows(part, from, count, arena);
      long width = elements.byteSize() / runs;
      for (long run = 0; run < runs; run++) {
        MemorySegment.copy(elements, run * width, block, run * pitch + at, width);
      }
      at += width;
    }
  }

  /// Some rows of a tensor in one region, in the type of the stream.
  private MemorySegment rows(Located part, long from, long count, Arena arena) {
    if (!(part.source() instanceof Source.Region region)) {
      throw new IllegalStateException(part.info() + " is joined of what is joined");
    }
    var rows =
        region
            .layout()
            .piece(0, 1, from, count)
            .orElseThrow(() -> new IllegalStateException(part.info() + " has no plain rows"));
    return converted(ordered(region, rows, part.info().type(), arena), part.info().type(), arena);
  }
}
