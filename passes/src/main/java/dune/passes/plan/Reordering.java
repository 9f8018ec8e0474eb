package dune.passes.plan;

import dune.ir.Function;
import dune.ir.Node;
import dune.ir.Operands;
import dune.ir.Stateful;
import dune.ir.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/// The search for an order of the nodes of a function that needs less at once, for one call.
///
/// It counts every value as memory of its own: that an operation may write over an operand is left
/// to the plan, which has the last word.
final class Reordering {
  /// Moves; each makes fewer nodes busiest or the busiest less so, and costs as much as it has
  /// nodes.
  private static final int MOST = 1000;

  private static final int[] NOBODY = {};

  private final List<Node> nodes;
  private final int count;
  private final boolean[] stateful;

  /// By node, bytes while it runs alone.
  private final long[] scratch;

  /// By node, the memory that it makes: numbers of buffers.
  private final int[][] makes;

  /// By node, the nodes that take what it computes.
  private final int[][] users;

  /// By node, whether it computes a result of the function.
  private final boolean[] gives;

  /// By buffer.
  private final List<Integer> makers = new ArrayList<>();

  private final List<Long> bytes = new ArrayList<>();
  private final List<BitSet> needers = new ArrayList<>();
  private final BitSet kept = new BitSet();

  /// The nodes in their present order, and the place of each in it.
  private int[] order;

  private int[] places;

  /// How much is needed at most, and at how many nodes.
  private record Peak(long bytes, int times) {
    boolean isBelow(Peak other) {
      return bytes < other.bytes || bytes == other.bytes && times < other.times;
    }
  }

  /// @param nodes those of the function, in any order in which they can run
  /// @param sizes of the call
  Reordering(Function function, List<Node> nodes, Map<String, Long> sizes) {
    this.nodes = nodes;
    count = nodes.size();
    stateful = new boolean[count];
    scratch = new long[count];
    makes = new int[count][];
    users = new int[count][];
    gives = new boolean[count];
    order = IntStream.range(0, count).toArray();
    places = order.clone();
    var storage = new Storage(function, nodes);
    var need = new Scratch(function, sizes, Reuse.OF_OPERANDS);
    var definitions = new HashMap<Value, Integer>();
    var buffers = new HashMap<Value, Integer>();
    var found = new ArrayList<List<Integer>>();
    for (int i = 0; i < count; i++) {
      Node node = nodes.get(i);
      found.add(new ArrayList<>());
      stateful[i] = node.op() instanceof Stateful || !node.op().isPure();
      scratch[i] = need.of(node.op(), node.results()).evaluate(sizes);
      var made = new ArrayList<Integer>();
      for (Value result : node.results()) {
        definitions.put(result, i);
        if (!storage.owns(result)) continue;
        made.add(makers.size());
        buffers.put(result, makers.size());
        makers.add(i);
        bytes.add(function.of(result).bytes().evaluate(sizes));
        needers.add(new BitSet());
      }
      makes[i] = made.stream().mapToInt(Integer::intValue).toArray();
      for (Value operand : Operands.of(node.op())) {
        Integer from = definitions.get(operand);
        if (from != null && !found.get(from).contains(i)) found.get(from).add(i);
        Optional<Integer> buffer = storage.owner(operand).map(buffers::get);
        if (buffer.isEmpty()) continue;
        needers.get(buffer.get()).set(i);
        if (node.op() instanceof Stateful.WriteState) kept.set(buffer.get());
      }
    }
    for (int i = 0; i < count; i++) {
      users[i] =
          found.get(i).isEmpty()
              ? NOBODY
              : found.get(i).stream().mapToInt(Integer::intValue).toArray();
    }
    var results = new ArrayList<>(function.penalties());
    function.outputs().forEach(output -> results.add(output.value()));
    for (Value result : results) {
      Integer from = definitions.get(result);
      if (from != null) gives[from] = true;
      storage.owner(result).map(buffers::get).ifPresent(kept::set);
    }
  }

  /// The order that was found; empty if there is none that is better.
  Optional<List<Node>> run() {
    int moves = 0;
    while (moves < MOST && improve()) moves++;
    return moves == 0
        ? Optional.empty()
        : Optional.of(Arrays.stream(order).mapToObj(nodes::get).toList());
  }

  /// Makes one move.
  private boolean improve() {
    long[] needed = needed(order);
    Peak peak = peak(needed);
    for (int place = 0; place < count; place++) {
      if (needed[place] < peak.bytes()) continue;
      for (int buffer : waiting(place)) {
        for (BitSet moved : List.of(closure(makers.get(buffer)), alone(makers.get(buffer)))) {
          Optional<int[]> other = after(place, moved);
          if (other.isEmpty() || !peak(needed(other.get())).isBelow(peak)) continue;
          order = other.get();
          for (int i = 0; i < count; i++) places[order[i]] = i;
          return true;
        }
      }
    }
    return false;
  }

  /// What lies in memory at a node and is not used there, nor computed, the largest first.
  private List<Integer> waiting(int place) {
    return IntStream.range(0, makers.size())
        .boxed()
        .filter(buffer -> places[makers.get(buffer)] < place && last(buffer, places) > place)
        .filter(buffer -> !needers.get(buffer).get(order[place]))
        .sorted(Comparator.<Integer>comparingLong(bytes::get).reversed())
        .toList();
  }

  /// The last place that needs a buffer.
  private int last(int buffer, int[] at) {
    if (kept.get(buffer)) return count;
    BitSet needed = needers.get(buffer);
    int last = at[makers.get(buffer)];
    for (int i = needed.nextSetBit(0); i >= 0; i = needed.nextSetBit(i + 1)) {
      last = Math.max(last, at[i]);
    }
    return last;
  }

  private BitSet alone(int node) {
    var alone = new BitSet();
    alone.set(node);
    return alone;
  }

  /// A node with all that nobody else needs. What is read from a state needs what was appended to
  /// it.
  private BitSet closure(int node) {
    var inside = alone(node);
    var read = new ArrayList<String>();
    for (int place = places[node]; place >= 0; place--) {
      int each = order[place];
      boolean joins =
          each == node
              || nodes.get(each).op() instanceof Stateful.Append append
                  && read.contains(append.state())
              || users[each].length > 0
                  && !gives[each]
                  && Arrays.stream(users[each]).allMatch(inside::get);
      if (!joins) continue;
      inside.set(each);
      if (nodes.get(each).op() instanceof Stateful.ReadCache cache) read.add(cache.state());
    }
    return inside;
  }

  /// The order in which some nodes come later than a place: just before they are needed.
  ///
  /// @return empty if there is none
  private Optional<int[]> after(int place, BitSet moved) {
    if (moved.get(order[place])) return Optional.empty();
    int until = count;
    for (int i = moved.nextSetBit(0); i >= 0; i = moved.nextSetBit(i + 1)) {
      for (int user : users[i]) if (!moved.get(user)) until = Math.min(until, places[user]);
    }
    if (until <= place) return Optional.empty();
    var other = new int[count];
    int next = 0;
    boolean passes = false;
    for (int at = 0; at < count; at++) {
      if (at == until) next = put(moved, other, next);
      int node = order[at];
      if (moved.get(node)) {
        passes |= stateful[node];
      } else {
        // What is moved passes this one.
        if (passes && stateful[node] && at < until) return Optional.empty();
        other[next++] = node;
      }
    }
    if (until == count) put(moved, other, next);
    return Optional.of(other);
  }

  /// Puts the nodes that are moved, in their present order.
  private int put(BitSet moved, int[] into, int from) {
    int next = from;
    for (int node : order) if (moved.get(node)) into[next++] = node;
    return next;
  }

  private static Peak peak(long[] needed) {
    long most = 0;
    int times = 0;
    for (long each : needed) {
      if (each > most) {
        most = each;
        times = 0;
      }
      if (each == most) times++;
    }
    return new Peak(most, times);
  }

  /// Bytes by place.
  private long[] needed(int[] nodesInOrder) {
    var at = new int[count];
    for (int i = 0; i < count; i++) at[nodesInOrder[i]] = i;
    var change = new long[count + 2];
    for (int buffer = 0; buffer < makers.size(); buffer++) {
      long size = bytes.get(buffer);
      change[at[makers.get(buffer)]] += size;
      change[last(buffer, at) + 1] -= size;
    }
    var needed = new long[count];
    long now = 0;
    for (int i = 0; i < count; i++) {
      now += change[i];
      needed[i] = now + scratch[nodesInOrder[i]];
    }
    return needed;
  }
}
