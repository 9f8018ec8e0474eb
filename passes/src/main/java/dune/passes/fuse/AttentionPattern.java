package dune.passes.fuse;

import dune.ir.Contraction.Dot;
import dune.ir.Control.FusedKind;
import dune.ir.Elementwise;
import dune.ir.Elementwise.Binary;
import dune.ir.Elementwise.BinaryKind;
import dune.ir.Layout;
import dune.ir.Node;
import dune.ir.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// `dot(softmax(where(allowed, dot(q, k) * scale, -inf)), v)`: attention without anything between
/// the scores and the softmax.
final class AttentionPattern implements Pattern {
  /// Of `[B, T, KV, G, S]`.
  private static final int STEPS_RANK = 5;

  @Override
  public Optional<Group> match(Node root, Graph graph) {
    if (!(root.op() instanceof Dot values) || !isPerHead(values, 1, graph)) return Optional.empty();
    Optional<Elementwise.Select> masked =
        SoftmaxPattern.input(graph.beforeRounding(values.lhs()), graph)
            .flatMap(scores -> graph.find(Elementwise.Select.class, scores));
    if (masked.isEmpty() || !isMinusInfinity(masked.get().otherwise(), graph)) {
      return Optional.empty();
    }
    Optional<Value> allowed =
        graph
            .find(Layout.Broadcast.class, masked.get().condition())
            .filter(AttentionPattern::isSharedByHeads)
            .map(Layout.Broadcast::x);
    Optional<Binary> scaled =
        graph.binary(BinaryKind.MUL, graph.beforeWidening(masked.get().then()));
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

  /// Whether a mask is repeated along heads, and perhaps along rows, but along nothing else.
  private static boolean isSharedByHeads(Layout.Broadcast mask) {
    int rank = mask.shape().rank();
    List<Integer> ofRow = rank == STEPS_RANK ? List.of(1, rank - 1) : List.of(rank - 1);
    var ofAll = new ArrayList<>(List.of(0));
    ofAll.addAll(ofRow);
    return mask.axes().equals(ofRow) || mask.axes().equals(ofAll);
  }

  /// The product of queries and keys. One with all steps has been permuted, since the heads, which
  /// it walks, come first in its result.
  private static Optional<Dot> product(Value scores, Graph graph) {
    Optional<Value> product =
        graph.type(scores).rank() == STEPS_RANK
            ? graph
                .find(Layout.Permute.class, scores)
                .filter(permute -> permute.order().equals(List.of(0, 2, 1, 3, 4)))
                .map(Layout.Permute::x)
            : Optional.of(scores);
    return product
        .flatMap(dot -> graph.find(Dot.class, dot))
        .filter(dot -> isPerHead(dot, 3, graph));
  }

  /// Whether a product of `[B, T, KV, G, n]`, or without `T`, with `[B, S, KV, K]` walks rows and
  /// heads, and sums `n` over axis `summed` of the right side.
  private static boolean isPerHead(Dot dot, int summed, Graph graph) {
    int rank = graph.type(dot.lhs()).rank();
    return (rank == STEPS_RANK || rank == STEPS_RANK - 1)
        && graph.type(dot.rhs()).rank() == 4
        && dot.lhsBatch().equals(List.of(0, rank - 3))
        && dot.rhsBatch().equals(List.of(0, 2))
        && dot.lhsSum().equals(List.of(rank - 1))
        && dot.rhsSum().equals(List.of(summed))
        && dot.plus().isEmpty();
  }

  private static boolean isMinusInfinity(Value value, Graph graph) {
    return graph.constant(value).orElse(0) == Double.NEGATIVE_INFINITY;
  }
}
