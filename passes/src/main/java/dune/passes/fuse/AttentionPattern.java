package dune.passes.fuse;

import dune.ir.Contraction;
import dune.ir.Contraction.Dot;
import dune.ir.Contraction.ReduceKind;
import dune.ir.Control.FusedKind;
import dune.ir.Elementwise;
import dune.ir.Elementwise.Binary;
import dune.ir.Elementwise.BinaryKind;
import dune.ir.Elementwise.UnaryKind;
import dune.ir.Layout;
import dune.ir.Node;
import dune.ir.Value;
import java.util.List;
import java.util.Optional;

/// `dot(softmax(where(allowed, dot(q, k) * scale, -inf)), v)`: attention without anything between
/// the scores and the softmax.
final class AttentionPattern implements Pattern {
  @Override
  public Optional<Group> match(Node root, Graph graph) {
    if (!(root.op() instanceof Dot values)) return Optional.empty();
    Optional<Elementwise.Select> masked =
        softmax(graph.uncast(values.lhs()), graph)
            .flatMap(scores -> graph.find(Elementwise.Select.class, scores));
    if (masked.isEmpty() || !isMinusInfinity(masked.get().otherwise(), graph)) {
      return Optional.empty();
    }
    Optional<Value> allowed =
        graph
            .find(Layout.Broadcast.class, masked.get().condition())
            .filter(AttentionPattern::isSharedByHeads)
            .map(Layout.Broadcast::x);
    Optional<Binary> scaled = graph.binary(BinaryKind.MUL, graph.uncast(masked.get().then()));
    if (allowed.isEmpty() || scaled.isEmpty()) return Optional.empty();
    Value scale = scaled.get().rhs();
    if (graph.constant(scale).isEmpty()) return Optional.empty();
    Optional<Dot> scores = product(scaled.get().lhs(), graph);
    return scores.map(
        dot ->
            new Group(
                FusedKind.ATTENTION,
                root.result(),
                List.of(dot.lhs(), dot.rhs(), values.rhs(), allowed.get(), scale)));
  }

  /// The `z` of `exp(z - max(z)) / sum(exp(z - max(z)))` over the last axis.
  private static Optional<Value> softmax(Value value, Graph graph) {
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

  /// Whether a mask is repeated along heads, and perhaps along rows: what all heads share.
  private static boolean isSharedByHeads(Layout.Broadcast mask) {
    int keys = mask.shape().rank() - 1;
    List<Integer> axes = mask.axes();
    return axes.contains(keys) && !axes.contains(keys - 1) && !axes.contains(keys - 2);
  }

  /// The product of queries and keys, whose axes the author's order may have been permuted to.
  private static Optional<Dot> product(Value scores, Graph graph) {
    Value dot =
        graph
            .find(Layout.Permute.class, scores)
            .filter(permute -> permute.order().equals(List.of(0, 2, 1, 3, 4)))
            .map(Layout.Permute::x)
            .orElse(scores);
    return graph.find(Dot.class, dot).filter(found -> found.plus().isEmpty());
  }

  private static boolean isMinusInfinity(Value value, Graph graph) {
    return graph.constant(value).orElse(0) == Double.NEGATIVE_INFINITY;
  }
}
