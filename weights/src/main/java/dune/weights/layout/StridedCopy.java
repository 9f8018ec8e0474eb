package dune.weights.layout;

import dune.weights.layout.Strided.Run;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/// Brings elements into the order that a description gives, whatever they mean.
public final class StridedCopy {
  /// A tile of this many rows and columns stays in the first cache, with rows of their own cache
  /// lines.
  private static final long TILE = 32;

  private final MemorySegment from;
  private final MemorySegment to;
  private final int width;

  private StridedCopy(MemorySegment from, MemorySegment to, int width) {
    this.from = from;
    this.to = to;
    this.width = width;
  }

  /// @param from the tensor that `strided` describes
  /// @param width bytes of an element: 1, 2, 4 or 8
  public static void copy(MemorySegment from, Strided strided, MemorySegment to, int width) {
    if (to.byteSize() == 0) return;
    new StridedCopy(from, to, width).copy(strided.runs(), 0, strided.offset(), 0);
  }

  /// Copies the runs from `depth` on, and returns how many elements that were.
  private long copy(List<Run> runs, int depth, long source, long target) {
    int rest = runs.size() - depth;
    if (rest == 0) return single(source, target);
    if (rest == 1) return row(runs.get(depth), source, target);
    if (rest == 2 && runs.getLast().stride() != 1) {
      return tiles(runs.get(depth), runs.getLast(), source, target);
    }
    var run = runs.get(depth);
    long done = 0;
    for (long i = 0; i < run.size(); i++) {
      done += copy(runs, depth + 1, source + i * run.stride(), target + done);
    }
    return done;
  }

  private long single(long source, long target) {
    MemorySegment.copy(from, source * width, to, target * width, width);
    return 1;
  }

  private long row(Run run, long source, long target) {
    if (run.stride() == 1) {
      MemorySegment.copy(from, source * width, to, target * width, run.size() * width);
    } else {
      gather(run.size(), run.stride(), source, target);
    }
    return run.size();
  }

  /// A transposition: read along columns, written along rows, a tile at a time.
  private long tiles(Run rows, Run columns, long source, long target) {
    for (long row = 0; row < rows.size(); row += TILE) {
      long rowEnd = Math.min(row + TILE, rows.size());
      for (long column = 0; column < columns.size(); column += TILE) {
        long count = Math.min(TILE, columns.size() - column);
        for (long r = row; r < rowEnd; r++) {
          long at = source + r * rows.stride() + column * columns.stride();
          gather(count, columns.stride(), at, target + r * columns.size() + column);
        }
      }
    }
    return rows.size() * columns.size();
  }

  private void gather(long count, long stride, long source, long target) {
    switch (width) {
      case 1 -> {
        for (long i = 0; i < count; i++) {
          byte value = from.get(ValueLayout.JAVA_BYTE, source + i * stride);
          to.set(ValueLayout.JAVA_BYTE, target + i, value);
        }
      }
      case 2 -> {
        for (long i = 0; i < count; i++) {
          short value = from.get(ValueLayout.JAVA_SHORT_UNALIGNED, (source + i * stride) * 2);
          to.set(ValueLayout.JAVA_SHORT_UNALIGNED, (target + i) * 2, value);
        }
      }
      case 4 -> {
        for (long i = 0; i < count; i++) {
          int value = from.get(ValueLayout.JAVA_INT_UNALIGNED, (source + i * stride) * 4);
          to.set(ValueLayout.JAVA_INT_UNALIGNED, (target + i) * 4, value);
        }
      }
      case 8 -> {
        for (long i = 0; i < count; i++) {
          long value = from.get(ValueLayout.JAVA_LONG_UNALIGNED, (source + i * stride) * 8);
          to.set(ValueLayout.JAVA_LONG_UNALIGNED, (target + i) * 8, value);
        }
      }
      default -> throw new IllegalArgumentException("elements of " + width + " bytes");
    }
  }
}
