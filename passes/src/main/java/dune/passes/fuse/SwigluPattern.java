package dune.passes.fuse;

import dune.ir.Control.FusedKind;
import dune.ir.Elementwise.Binary;
import dune.ir.Elementwise.BinaryKind;
import dune.ir.Elementwise.UnaryKind;
import dune.ir.Node;
import dune.ir.Value;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/// `x * (1 / (1 + exp(-x))) * y`: the gate of arXiv 2002.05202.
final class SwigluPattern implements Pattern {
  @Override
  public Optional<Group> match(Node root, Graph graph) {
    Optional<Binary> gated = graph.binary(BinaryKind.MUL, root.result());
    if (gated.isEmpty()) return Optional.empty();
    Value left = gated.get().lhs();
    Value right = gated.get().rhs();
    return gate(left, graph)
        .map(x -> group(root, x, right))
        .or(() -> gate(right, graph).map(x -> group(root, x, left)));
  }

  private static Group group(Node root, Value x, Value y) {
    return new Group(FusedKind.SWIGLU, root.result(), List.of(x, y));
  }

  /// The `x` of `x * sigmoid(x)`.
  private static Optional<Value> gate(Value silu, Graph graph) {
    return graph
        .binary(BinaryKind.MUL, graph.beforeRounding(silu))
        .flatMap(
            product ->
                isSigmoid(product.rhs(), product.lhs(), graph)
                    ? Optional.of(product.lhs())
                    : isSigmoid(product.lhs(), product.rhs(), graph)
                        ? Optional.of(product.rhs())
                        : Optional.empty())
        .map(graph::beforeWidening);
  }

  private static boolean isSigmoid(Value value, Value x, Graph graph) {
    return graph
        .binary(BinaryKind.DIV, value)
        .filter(division -> isOne(division.lhs(), graph))
        .flatMap(division -> graph.binary(BinaryKind.ADD, division.rhs()))
        .filter(sum -> isOne(sum.rhs(), graph))
        .flatMap(sum -> graph.unary(UnaryKind.EXP, sum.lhs()))
        .flatMap(power -> graph.unary(UnaryKind.NEG, power))
        .filter(x::equals)
        .isPresent();
  }

  private static boolean isOne(Value value, Graph graph) {
    OptionalDouble number = graph.constant(value);
    return number.isPresent() && number.getAsDouble() == 1;
  }
}
