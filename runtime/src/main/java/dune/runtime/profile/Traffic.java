package dune.runtime.profile;

import dune.backend.torch.emit.Place;
import dune.ir.Contraction;
import dune.ir.Control;
import dune.ir.Control.Dispatch;
import dune.ir.Elementwise;
import dune.ir.Function;
import dune.ir.Indexing;
import dune.ir.Layout;
import dune.ir.Node;
import dune.ir.Op;
import dune.ir.Operands;
import dune.ir.Region;
import dune.ir.Source;
import dune.ir.Stateful;
import dune.ir.Type;
import dune.ir.Value;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// How many bytes nodes read and write, by the types of their operands and results: what a machine
/// has to move if nothing stays in its caches.
///
/// Views move nothing; what a broadcast repeats is read once; of a table that is looked up, what is
/// taken counts.
final class Traffic {
  private final Function function;
  private final Map<String, Long> sizes = new HashMap<>();

  /// By the name that the body of a dispatch has for its rows, how many all experts get.
  private final Map<String, Long> choices = new HashMap<>();

  private final Map<Value, Node> definitions = new HashMap<>();

  Traffic(Function function, Moment moment, boolean cached) {
    this.function = function;
    long all = moment.before() + (long) moment.tokens();
    sizes.putAll(Map.of("B", 1L, "T", cached ? moment.tokens() : all, "S", all));
    collect(function.nodes());
  }

  private void collect(List<Node> nodes) {
    for (Node node : nodes) {
      node.results().forEach(value -> definitions.put(value, node));
      if (node.op() instanceof Dispatch dispatch) {
        String rows = type(dispatch.body().arguments().getFirst()).dim(0).name().orElseThrow();
        choices.put(rows, count(type(dispatch.choice())));
        sizes.put(rows, 0L);
      }
      if (node.op() instanceof Control control) {
        Region body = control.body();
        collect(body.nodes());
      }
    }
  }

  /// @param runs how often the place runs
  long bytes(Place place, int runs) {
    if (place.node().isEmpty() || place.kind() == Place.Kind.AROUND_BODY || runs == 0) return 0;
    choices.forEach((rows, all) -> sizes.put(rows, Math.ceilDiv(all, runs)));
    return runs * bytes(place.node().get());
  }

  private long bytes(Node node) {
    Op op = node.op();
    return switch (op) {
      case Source.Weight _,
          Source.Constant _,
          Source.Fill _,
          Source.Table _,
          Source.Prepared _,
          Source.Size _ ->
          0;
      case Source _ -> written(node);
      case Elementwise _, Contraction _ -> read(op) + written(node);
      case Layout.Concat _ -> read(op) + written(node);
      case Layout _ -> 0;
      case Indexing.Gather gather -> bytes(type(gather.indices())) + 2 * written(node);
      case Control _ -> read(op) + written(node);
      case Stateful.Append append -> 2 * bytes(type(append.x()));
      case Stateful _ -> 0;
    };
  }

  private long written(Node node) {
    return node.results().stream().mapToLong(value -> bytes(type(value))).sum();
  }

  private long read(Op op) {
    return Operands.of(op).stream().distinct().mapToLong(this::readable).sum();
  }

  /// What lies in memory of a value.
  private long readable(Value value) {
    Node node = definitions.get(value);
    if (node == null) return bytes(type(value));
    return switch (node.op()) {
      case Source.Constant _, Source.Fill _, Source.Size _ -> 0;
      case Layout.Broadcast broadcast -> readable(broadcast.x());
      case Layout.Reshape reshape -> Math.min(readable(reshape.x()), bytes(type(value)));
      case Op _ -> bytes(type(value));
    };
  }

  private Type type(Value value) {
    return function.of(value);
  }

  private long bytes(Type type) {
    return type.bytes().evaluate(sizes);
  }

  private long count(Type type) {
    return type.shape().count().evaluate(sizes);
  }
}
