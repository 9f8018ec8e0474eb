package dune.passes.plan;

import dune.ir.Function;
import dune.ir.Value;
import dune.ir.dim.Dim;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/// One arena in which all buffers of a call lie.
///
/// @param placed in the order of their first node
/// @param homes where the values lie that own memory
/// @param arena bytes
/// @param needed bytes of the buffers that are needed at the busiest node: no arena is smaller
/// @param peak the same as a polynomial in the sizes of the call
/// @param busiest the place of that node
public record MemoryPlan(
    List<Placed> placed,
    Map<Value, Placed> homes,
    long arena,
    long needed,
    Dim peak,
    int busiest,
    int nodes) {
  /// Offsets are multiples of this, as vector instructions like them.
  public static final long ALIGNMENT = 64;

  public MemoryPlan {
    placed = List.copyOf(placed);
    homes = Map.copyOf(homes);
  }

  /// @param offset in the arena, in bytes
  public record Placed(Buffer buffer, long offset, long bytes) {
    public long end() {
      return offset + bytes;
    }
  }

  /// The plan for calls of this size.
  ///
  /// @param sizes for all names of dimensions of the function
  public static MemoryPlan of(Function function, Map<String, Long> sizes) {
    return of(function, sizes, Reuse.OF_OPERANDS);
  }

  /// The plan for calls of this size.
  ///
  /// @param sizes for all names of dimensions of the function
  public static MemoryPlan of(Function function, Map<String, Long> sizes, Reuse reuse) {
    return of(Lifetimes.of(function, sizes, reuse), sizes);
  }

  static MemoryPlan of(Lifetimes lifetimes, Map<String, Long> sizes) {
    long[] needed = lifetimes.needed(sizes);
    List<Placed> placed = Placement.place(lifetimes.buffers(), needed, sizes);
    int busiest = lifetimes.busiest(sizes);
    var byBuffer = new IdentityHashMap<Buffer, Placed>();
    placed.forEach(each -> byBuffer.put(each.buffer(), each));
    var homes = new HashMap<Value, Placed>();
    lifetimes.homes().forEach((value, buffer) -> homes.put(value, byBuffer.get(buffer)));
    long arena = placed.stream().mapToLong(Placed::end).max().orElse(0);
    return new MemoryPlan(
        placed, homes, arena, needed[busiest], lifetimes.peak(sizes), busiest, lifetimes.count());
  }

  /// The buffers that are needed at the busiest node, the largest first.
  public List<Placed> largest() {
    return placed.stream()
        .filter(each -> each.buffer().isNeededAt(busiest))
        .sorted((one, other) -> Long.compare(other.bytes(), one.bytes()))
        .toList();
  }
}
