package dune.passes.plan;

import dune.ir.Attention;
import dune.ir.Control;
import dune.ir.Elementwise;
import dune.ir.Function;
import dune.ir.Node;
import dune.ir.Op;
import dune.ir.Operands;
import dune.ir.Region;
import dune.ir.Stateful;
import dune.ir.Type;
import dune.ir.Types;
import dune.ir.Value;
import dune.ir.dim.Dim;
import dune.ir.text.Printer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// From where to where each buffer of a list of nodes is needed.
///
/// @param count of nodes
/// @param homes by value that owns memory, the buffer that it lies in
record Lifetimes(List<Buffer> buffers, int count, Map<Value, Buffer> homes) {
  Lifetimes {
    buffers = List.copyOf(buffers);
    homes = Map.copyOf(homes);
  }

  static Lifetimes of(Function function, Map<String, Long> sizes, Reuse reuse) {
    var kept = new HashSet<Value>(function.penalties());
    function.outputs().forEach(output -> kept.add(output.value()));
    return new Builder(function, function.nodes(), kept, Set.of(), sizes, reuse).build();
  }

  /// Of a body, whose results are kept to its end.
  static Lifetimes of(Types types, Region body, Map<String, Long> sizes, Reuse reuse) {
    return new Builder(types, body.nodes(), Set.copyOf(body.results()), Set.of(), sizes, reuse)
        .build();
  }

  /// Of a body whose results lie outside of what is planned.
  static Lifetimes ofInlined(Types types, Region body, Map<String, Long> sizes, Reuse reuse) {
    return new Builder(types, body.nodes(), Set.of(), Set.copyOf(body.results()), sizes, reuse)
        .build();
  }

  /// The node at which most is needed.
  int busiest(Map<String, Long> sizes) {
    long[] needed = needed(sizes);
    int busiest = 0;
    for (int i = 1; i < needed.length; i++) if (needed[i] > needed[busiest]) busiest = i;
    return busiest;
  }

  /// What the busiest node needs, as a polynomial.
  Dim peak(Map<String, Long> sizes) {
    int busiest = busiest(sizes);
    return Dim.sum(
        buffers.stream().filter(buffer -> buffer.isNeededAt(busiest)).map(Buffer::bytes).toList());
  }

  /// Bytes by node.
  long[] needed(Map<String, Long> sizes) {
    var needed = new long[count + 1];
    for (Buffer buffer : buffers) {
      long bytes = buffer.bytes().evaluate(sizes);
      for (int i = buffer.from(); i <= buffer.until(); i++) needed[i] += bytes;
    }
    return needed;
  }

  private static final class Builder {
    private final Types types;
    private final List<Node> nodes;
    private final Set<Value> kept;
    private final Set<Value> outside;
    private final Map<String, Long> sizes;
    private final Reuse reuse;
    private final Storage storage;
    private final Map<Value, Integer> last = new HashMap<>();

    /// By value that owns memory: the value whose buffer it takes over, or itself.
    private final Map<Value, Value> taken = new LinkedHashMap<>();

    Builder(
        Types types,
        List<Node> nodes,
        Set<Value> kept,
        Set<Value> outside,
        Map<String, Long> sizes,
        Reuse reuse) {
      this.reuse = reuse;
      this.types = types;
      this.nodes = nodes;
      this.kept = kept;
      this.outside = outside;
      this.sizes = sizes;
      this.storage = new Storage(types, nodes);
    }

    Lifetimes build() {
      findLastUses();
      for (int i = 0; i < nodes.size(); i++) {
        for (Value result : nodes.get(i).results()) {
          if (storage.owns(result) && !outside.contains(result)) settle(result, i);
        }
      }
      var byHome = new HashMap<Value, Buffer>();
      var buffers = new ArrayList<Buffer>();
      for (int i = 0; i < nodes.size(); i++) {
        Node node = nodes.get(i);
        for (Value result : node.results()) {
          if (!result.equals(taken.get(result))) continue;
          Type type = types.of(result);
          int until = last.getOrDefault(result, i);
          var buffer =
              new Buffer(name(node), Optional.of(type), type.bytes(), i, until, node.origin());
          byHome.put(result, buffer);
          buffers.add(buffer);
        }
        scratch(node, i).ifPresent(buffers::add);
      }
      buffers.addAll(masks());
      var homes = new HashMap<Value, Buffer>();
      taken.forEach((value, home) -> homes.put(value, byHome.get(home)));
      return new Lifetimes(buffers, nodes.size(), homes);
    }

    /// Decides where a result goes: onto an operand that dies here, or into a buffer of its own.
    private void settle(Value result, int place) {
      Value home = home(result, place);
      taken.put(result, home);
      last.merge(home, last.getOrDefault(result, place), Math::max);
    }

    private void findLastUses() {
      for (int i = 0; i < nodes.size(); i++) {
        Node node = nodes.get(i);
        int place = node.op() instanceof Stateful.WriteState ? nodes.size() : i;
        for (Value operand : Operands.of(node.op())) use(operand, place);
      }
      for (Value value : kept) use(value, nodes.size());
    }

    private void use(Value value, int place) {
      storage.owner(value).ifPresent(owner -> last.merge(owner, place, Math::max));
    }

    private Value home(Value result, int place) {
      if (reuse == Reuse.NEVER || !(nodes.get(place).op() instanceof Elementwise op)) {
        return result;
      }
      Dim bytes = types.of(result).bytes();
      for (Value operand : Operands.of(op)) {
        Optional<Value> home = home(operand);
        if (home.isEmpty() || last.getOrDefault(home.get(), 0) != place) continue;
        // Each element is read where it is then written, by all operands that lie there.
        boolean meet =
            Operands.of(op).stream()
                .filter(other -> home(other).equals(home))
                .allMatch(other -> storage.isWhole(other) && types.of(other).bytes().equals(bytes));
        if (meet && types.of(home.get()).bytes().equals(bytes)) return home.get();
      }
      return result;
    }

    /// The first value of the buffer that a value lies in, unless that is outside.
    private Optional<Value> home(Value value) {
      return storage.owner(value).map(taken::get);
    }

    private Optional<Buffer> scratch(Node node, int place) {
      Dim bytes = new Scratch(types, sizes, reuse).of(node.op(), node.results());
      return bytes.is(0)
          ? Optional.empty()
          : Optional.of(
              new Buffer(name(node), Optional.empty(), bytes, place, place, node.origin()));
    }

    /// The masks that attentions share, each from the first to the last of these.
    private Collection<Buffer> masks() {
      var masks = new LinkedHashMap<Object, Buffer>();
      for (int i = 0; i < nodes.size(); i++) {
        Node node = nodes.get(i);
        if (!(node.op() instanceof Control.Fused op) || !Attention.is(op.kind())) continue;
        int place = i;
        var memory = new AttentionMemory(types, sizes, reuse, op);
        masks.merge(
            memory.meaning(),
            new Buffer("mask", Optional.empty(), memory.mask(), i, i, node.origin()),
            (first, _) -> first.until(place));
      }
      return masks.values();
    }

    private static String name(Node node) {
      return switch (node.op()) {
        case Control.Fused fused -> fused.kind().name().toLowerCase(Locale.ROOT);
        case Op op -> Printer.print(op).split("[ \n]", 2)[0];
      };
    }
  }
}
