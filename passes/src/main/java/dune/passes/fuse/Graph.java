package dune.passes.fuse;

import dune.ir.Control;
import dune.ir.Elem;
import dune.ir.Elementwise;
import dune.ir.Elementwise.BinaryKind;
import dune.ir.Function;
import dune.ir.Layout;
import dune.ir.Node;
import dune.ir.Op;
import dune.ir.Operands;
import dune.ir.Source;
import dune.ir.Type;
import dune.ir.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/// A frozen function, to be walked from uses to definitions and back. Bodies are not walked.
final class Graph {
  private final Function function;
  private final Map<Value, Node> definitions = new HashMap<>();
  private final Map<Value, List<Node>> users = new HashMap<>();

  Graph(Function function) {
    this.function = function;
    for (Node node : function.nodes()) {
      for (Value result : node.results()) definitions.put(result, node);
      for (Value operand : Operands.of(node.op())) {
        users.computeIfAbsent(operand, _ -> new ArrayList<>()).add(node);
      }
    }
  }

  Type type(Value value) {
    return function.of(value);
  }

  Optional<Node> definition(Value value) {
    return Optional.ofNullable(definitions.get(value));
  }

  /// The nodes that take `value`; functions' outputs are not among them.
  List<Node> users(Value value) {
    return users.getOrDefault(value, List.of());
  }

  boolean isOutput(Value value) {
    return function.penalties().contains(value)
        || function.outputs().stream().anyMatch(output -> output.value().equals(value));
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

  /// `value` before it was cast to another float, if it was.
  Value uncast(Value value) {
    return find(Elementwise.Cast.class, value)
        .map(Elementwise.Cast::x)
        .filter(x -> type(x).elem().isFloat() && type(x).elem() != Elem.F64)
        .orElse(value);
  }

  /// What `value` repeats along its last axes only: the `x` of `x: [lead..]` to `[lead.., last]`.
  Optional<Value> repeatedAlongLast(Value value) {
    return find(Layout.Broadcast.class, value)
        .filter(
            broadcast ->
                broadcast.axes().equals(upTo(type(value).rank() - 1))
                    && type(broadcast.x()).rank() == type(value).rank() - 1)
        .map(Layout.Broadcast::x);
  }

  /// The vector that `value` repeats along all axes but the last.
  Optional<Value> vectorAlongLast(Value value) {
    return find(Layout.Broadcast.class, value)
        .filter(broadcast -> broadcast.axes().equals(List.of(type(value).rank() - 1)))
        .map(Layout.Broadcast::x);
  }

  private static List<Integer> upTo(int count) {
    var axes = new ArrayList<Integer>();
    for (int axis = 0; axis < count; axis++) axes.add(axis);
    return axes;
  }

  /// Whether an operation has a body.
  static boolean hasBody(Op op) {
    return op instanceof Control;
  }
}
