package dune.passes.fuse;

import dune.ir.Contraction.Dot;
import dune.ir.Control.FusedKind;
import dune.ir.Elementwise.Select;
import dune.ir.Layout;
import dune.ir.Node;
import dune.ir.Value;
import dune.ir.dim.Dim;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// `dot(softmax(where(allowed, scores, -inf)), v)`, where {@link AttentionScores} says what scores
/// there are; or a {@link SinkingSoftmax} of plain ones.
final class AttentionPattern implements Pattern {
  /// What a look at a node gave: a group, or what is in the way of one, or neither if it is
  /// something else.
  private record Attempt(Optional<Group> group, Optional<String> obstacle) {
    static final Attempt OTHER = new Attempt(Optional.empty(), Optional.empty());

    static Attempt done(Group group) {
      return new Attempt(Optional.of(group), Optional.empty());
    }

    static Attempt failed(String why) {
      return new Attempt(Optional.empty(), Optional.of("not fused to attention: " + why));
    }
  }

  @Override
  public Optional<Group> match(Node root, Graph graph) {
    return attempt(root, graph).group();
  }

  @Override
  public Optional<String> obstacle(Node root, Graph graph) {
    return attempt(root, graph).obstacle();
  }

  private static Attempt attempt(Node root, Graph graph) {
    if (!(root.op() instanceof Dot values) || !AttentionScores.isPerHead(values, 1, graph)) {
      return Attempt.OTHER;
    }
    Value shares = graph.beforeRounding(values.lhs());
    Optional<SinkingSoftmax> sinking = SinkingSoftmax.of(shares, graph);
    Optional<Value> weighed =
        sinking.map(SinkingSoftmax::x).or(() -> SoftmaxPattern.input(shares, graph));
    if (weighed.isEmpty()) return Attempt.OTHER;
    Optional<Select> masked = graph.find(Select.class, weighed.get());
    if (masked.isEmpty() || !isMinusInfinity(masked.get().otherwise(), graph)) {
      return Attempt.failed("no mask sets scores to minus infinity");
    }
    Optional<Value> allowed =
        graph
            .find(Layout.Broadcast.class, masked.get().condition())
            .filter(AttentionPattern::isSharedByHeads)
            .map(Layout.Broadcast::x);
    if (allowed.isEmpty()) return Attempt.failed("the mask is not one of steps for all heads");
    Optional<AttentionScores> scores = AttentionScores.of(masked.get().then(), graph);
    if (scores.isEmpty()) {
      return Attempt.failed(
          "the scores are not queries times keys times a number, bounded or with a bias");
    }
    if (sinking.isEmpty())
      return Attempt.done(group(root, values, allowed.get(), scores.get(), graph));
    Optional<AttentionScores> sunk = scores.get().sinkingTo(sinking.get().sinks(), graph);
    if (sunk.isEmpty()) {
      return Attempt.failed("sinks beside bounded scores, a bias, or queries of another type");
    }
    return Attempt.done(group(root, values, allowed.get(), sunk.get(), graph));
  }

  private static Group group(
      Node root, Dot values, Value allowed, AttentionScores scores, Graph graph) {
    Dot product = scores.product();
    Dim keys = graph.type(product.rhs()).dim(1);
    var parts = new ArrayList<>(List.of(part(allowed, keys, product, graph)));
    scores.bias().ifPresent(bias -> parts.add(part(bias, keys, product, graph)));
    var operands = new ArrayList<>(List.of(product.lhs(), product.rhs(), values.rhs()));
    operands.add(scores.scale());
    scores.extra().ifPresent(operands::add);
    parts.stream()
        .flatMap(part -> part.operands().stream())
        .filter(operand -> !operands.contains(operand))
        .distinct()
        .forEach(operands::add);
    return new Group(scores.kind(), List.of(root.result()), operands, parts);
  }

  /// A region that gives a mask or a bias. Among the steps of one call, no key is told from a step:
  /// there it takes what it gives.
  private static Group part(Value value, Dim keys, Dot product, Graph graph) {
    boolean isApart = !graph.type(product.lhs()).shape().dims().contains(keys);
    List<Value> operands =
        isApart && keys.name().isPresent() ? PerKey.operands(value, keys, graph) : List.of(value);
    return new Group(FusedKind.REGION, value, operands);
  }

  /// Whether a mask is repeated along heads, and perhaps along rows, but along nothing else.
  private static boolean isSharedByHeads(Layout.Broadcast mask) {
    int rank = mask.shape().rank();
    List<Integer> ofRow =
        rank == AttentionScores.STEPS_RANK ? List.of(1, rank - 1) : List.of(rank - 1);
    var ofAll = new ArrayList<>(List.of(0));
    ofAll.addAll(ofRow);
    return mask.axes().equals(ofRow) || mask.axes().equals(ofAll);
  }

  private static boolean isMinusInfinity(Value value, Graph graph) {
    return graph.constant(value).orElse(0) == Double.NEGATIVE_INFINITY;
  }
}
