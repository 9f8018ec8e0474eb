package dune.passes.fuse;

import dune.ir.Contraction;
import dune.ir.Contraction.ReduceKind;
import dune.ir.Control.FusedKind;
import dune.ir.Elementwise.Binary;
import dune.ir.Elementwise.BinaryKind;
import dune.ir.Elementwise.UnaryKind;
import dune.ir.Node;
import dune.ir.Value;
import java.util.List;
import java.util.Optional;

/// `exp(x - max(x)) / sum(exp(x - max(x)))` over the last axis.
final class SoftmaxPattern implements Pattern {
  @Override
  public Optional<Group> match(Node root, Graph graph) {
    return input(root.result(), graph)
        .map(x -> new Group(FusedKind.SOFTMAX, root.result(), List.of(x)));
  }

  /// The `x` whose softmax `value` is.
  static Optional<Value> input(Value value, Graph graph) {
    Optional<Binary> division = graph.binary(BinaryKind.DIV, value);
    if (division.isEmpty()) return Optional.empty();
    Value power = division.get().lhs();
    boolean sums = isRepeated(ReduceKind.SUM, division.get().rhs(), power, graph);
    Optional<Binary> shifted =
        graph
            .unary(UnaryKind.EXP, power)
            .flatMap(exponent -> graph.binary(BinaryKind.SUB, exponent));
    return shifted
        .filter(
            difference ->
                sums && isRepeated(ReduceKind.MAX, difference.rhs(), difference.lhs(), graph))
        .map(Binary::lhs);
  }

  /// Whether `value` is a reduction of `x` over its last axis, repeated along it.
  private static boolean isRepeated(ReduceKind kind, Value value, Value x, Graph graph) {
    return graph
        .repeatedAlongLast(value)
        .flatMap(folded -> graph.find(Contraction.Reduce.class, folded))
        .filter(
            reduce ->
                reduce.kind() == kind
                    && reduce.x().equals(x)
                    && reduce.axes().equals(List.of(graph.type(x).rank() - 1)))
        .isPresent();
  }
}
