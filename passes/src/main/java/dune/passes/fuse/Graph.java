package dune.passes.fuse;

import dune.ir.Contraction;
import dune.ir.Control;
import dune.ir.Elem;
import dune.ir.Elementwise;
import dune.ir.Elementwise.BinaryKind;
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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.BiPredicate;

/// A frozen function, to be walked from uses to definitions and back. The bodies of scans and
/// dispatches belong to it; from the argument of a body no way leads to what was handed in, but
/// whether that was a weight is known. Those of groups do not: what was fused is done.
final class Graph {
  private final Function function;
  private final Map<Value, Node> definitions = new HashMap<>();
  private final Map<Value, List<Node>> users = new HashMap<>();
  private final Set<Value> outputs;
  private final List<Node> nodes = new ArrayList<>();
  private final Set<Value> weights = new HashSet<>();

  Graph(Function function) {
    this.function = function;
    outputs = new HashSet<>(function.penalties());
    function.outputs().forEach(output -> outputs.add(output.value()));
    visit(function.nodes());
  }

  private void visit(List<Node> body) {
    for (Node node : body) {
      nodes.add(node);
      for (Value result : node.results()) definitions.put(result, node);
      for (Value operand : Operands.of(node.op())) {
        users.computeIfAbsent(operand, _ -> new ArrayList<>()).add(node);
      }
      findWeights(node);
      inner(node.op())
          .ifPresent(
              region -> {
                outputs.addAll(region.results());
                visit(region.nodes());
              });
    }
  }

  private void findWeights(Node node) {
    switch (node.op()) {
      case Source.Weight _ -> weights.add(node.result());
      case Elementwise.Cast _, Layout _ -> {
        if (weights.containsAll(Operands.of(node.op()))) weights.add(node.result());
      }
      case Control.Scan scan ->
          hand(
              scan.captures(),
              scan.body()
                  .arguments()
                  .subList(1 + scan.initial().size(), scan.body().arguments().size()));
      case Control.Dispatch dispatch -> {
        var captures = new ArrayList<>(dispatch.captures().getFirst());
        captures.addAll(dispatch.shared());
        List<Value> arguments = dispatch.body().arguments();
        hand(captures, arguments.subList(1, arguments.size()));
      }
      case Control.Fused _, Source _, Elementwise _, Contraction _, Indexing _, Stateful _ -> {
        // What it computes is no weight.
      }
    }
  }

  private void hand(List<Value> captures, List<Value> arguments) {
    for (int i = 0; i < captures.size(); i++) {
      if (weights.contains(captures.get(i))) weights.add(arguments.get(i));
    }
  }

  /// The body of an operation, if what stands in it can be fused.
  static Optional<Region> inner(Op op) {
    return switch (op) {
      case Control.Scan scan -> Optional.of(scan.body());
      case Control.Dispatch dispatch -> Optional.of(dispatch.body());
      case Control.Fused _ -> Optional.empty();
      case Source _, Elementwise _, Contraction _, Layout _, Indexing _, Stateful _ ->
          Optional.empty();
    };
  }

  /// All nodes: those of a body follow the operation that it belongs to.
  List<Node> nodes() {
    return nodes;
  }

  Type type(Value value) {
    return function.of(value);
  }

  Optional<Node> definition(Value value) {
    return Optional.ofNullable(definitions.get(value));
  }

  /// Whether `value` is a weight, or a part or a cast of weights, or stands for one in a body.
  boolean isWeight(Value value) {
    return weights.contains(value);
  }

  /// The nodes that take `value`; outputs are not among them.
  List<Node> users(Value value) {
    return users.getOrDefault(value, List.of());
  }

  /// Whether a function or a body gives `value`.
  boolean isOutput(Value value) {
    return outputs.contains(value);
  }

  /// The operation that defines `value`, if it is of this kind.
  <O extends Op> Optional<O> find(Class<O> kind, Value value) {
    return definition(value).map(Node::op).filter(kind::isInstance).map(kind::cast);
  }

  /// The operation that defines `value`, if it is this one of two operands.
  Optional<Elementwise.Binary> binary(BinaryKind kind, Value value) {
    return find(Elementwise.Binary.class, value).filter(binary -> binary.kind() == kind);
  }

  /// What `value` is one by one, if it is this function of one operand.
  Optional<Value> unary(Elementwise.UnaryKind kind, Value value) {
    return find(Elementwise.Unary.class, value)
        .filter(unary -> unary.kind() == kind)
        .map(Elementwise.Unary::x);
  }

  /// The number, if `value` is a constant of rank 0.
  OptionalDouble constant(Value value) {
    return find(Source.Constant.class, value)
        .map(constant -> OptionalDouble.of(constant.value()))
        .orElse(OptionalDouble.empty());
  }

  /// What a cast to fewer bits rounds to `value`; the value itself if none does.
  Value beforeRounding(Value value) {
    return beforeCast(value, (from, to) -> from.bytes() >= to.bytes());
  }

  /// What a cast to more bits makes `value` of; the value itself if none does.
  Value beforeWidening(Value value) {
    return beforeCast(value, (from, to) -> from.bytes() < to.bytes());
  }

  private Value beforeCast(Value value, BiPredicate<Elem, Elem> changes) {
    return find(Elementwise.Cast.class, value)
        .map(Elementwise.Cast::x)
        .filter(x -> type(x).elem().isFloat() && changes.test(type(x).elem(), type(value).elem()))
        .orElse(value);
  }

  /// What `value` repeats along its last axis only: `[lead..]` of `[lead.., last]`.
  Optional<Value> repeatedAlongLast(Value value) {
    return find(Layout.Broadcast.class, value)
        .filter(broadcast -> !broadcast.axes().contains(type(value).rank() - 1))
        .filter(broadcast -> type(broadcast.x()).rank() == type(value).rank() - 1)
        .map(Layout.Broadcast::x);
  }

  /// The vector that `value` repeats along all axes but the last.
  Optional<Value> vectorAlongLast(Value value) {
    return find(Layout.Broadcast.class, value)
        .filter(broadcast -> broadcast.axes().equals(List.of(type(value).rank() - 1)))
        .map(Layout.Broadcast::x);
  }
}
