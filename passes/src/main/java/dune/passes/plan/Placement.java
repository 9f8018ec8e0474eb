package dune.passes.plan;

import dune.passes.plan.MemoryPlan.Placed;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Offsets by best fit: one buffer after the other into the smallest gap that is free as long as it
/// is needed (arXiv 2001.03288). No order is best for all programs, so several are tried: the
/// largest first, those first that are needed where most is, and the largest in bytes times time.
final class Placement {
  private final List<Placed> open = new ArrayList<>();

  private Placement(List<Buffer> buffers, Map<String, Long> sizes) {
    for (Buffer buffer : buffers) open.add(new Placed(buffer, 0, buffer.bytes().evaluate(sizes)));
  }

  /// @param needed bytes by node
  static List<Placed> place(List<Buffer> buffers, long[] needed, Map<String, Long> sizes) {
    var placement = new Placement(buffers, sizes);
    Comparator<Placed> size = Comparator.comparingLong(Placed::bytes).reversed();
    Comparator<Placed> breadth =
        Comparator.<Placed>comparingLong(each -> busiest(each.buffer(), needed)).reversed();
    Comparator<Placed> area =
        Comparator.<Placed>comparingLong(
                each -> each.bytes() * (1 + each.buffer().until() - each.buffer().from()))
            .reversed();
    Comparator<Placed> length =
        Comparator.<Placed>comparingInt(each -> each.buffer().until() - each.buffer().from())
            .reversed();
    return Stream.of(size, breadth.thenComparing(size), area, length.thenComparing(size))
        .map(order -> placement.place(order.thenComparing(each -> each.buffer().from())))
        .min(Comparator.comparingLong(Placement::end))
        .orElseThrow();
  }

  private static long end(List<Placed> placed) {
    return placed.stream().mapToLong(Placed::end).max().orElse(0);
  }

  private static long busiest(Buffer buffer, long[] needed) {
    long most = 0;
    for (int i = buffer.from(); i <= buffer.until(); i++) most = Math.max(most, needed[i]);
    return most;
  }

  private List<Placed> place(Comparator<Placed> order) {
    var done = new ArrayList<Placed>();
    for (Placed each : open.stream().sorted(order).toList()) {
      var fixed = new Placed(each.buffer(), offset(each, done), each.bytes());
      int at = 0;
      while (at < done.size() && done.get(at).offset() < fixed.offset()) at++;
      done.add(at, fixed);
    }
    done.sort(Comparator.comparing(each -> each.buffer().from()));
    return done;
  }

  /// @param done by offset
  private static long offset(Placed placed, List<Placed> done) {
    long best = -1;
    long tightest = Long.MAX_VALUE;
    long end = 0;
    for (Placed other : done) {
      if (!other.buffer().overlaps(placed.buffer())) continue;
      long gap = other.offset() - end;
      if (gap >= placed.bytes() && gap < tightest) {
        tightest = gap;
        best = end;
      }
      end = Math.max(end, aligned(other.end()));
    }
    return best >= 0 ? best : end;
  }

  private static long aligned(long offset) {
    return Math.ceilDiv(offset, MemoryPlan.ALIGNMENT) * MemoryPlan.ALIGNMENT;
  }
}
