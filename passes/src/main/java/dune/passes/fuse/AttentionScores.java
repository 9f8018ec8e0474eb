package dune.passes.fuse;

import dune.ir.Contraction.Dot;
import dune.ir.Control.FusedKind;
import dune.ir.Elementwise.Binary;
import dune.ir.Elementwise.BinaryKind;
import dune.ir.Elementwise.UnaryKind;
import dune.ir.Layout;
import dune.ir.Value;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/// What attention masks: `dot(q, k) * scale`, or of that `s` either `cap * tanh(s / cap)` or `s +
/// bias`.
///
/// @param kind what attention with such scores is
/// @param extra the bound or the sinks of kinds that have one
/// @param bias that of the kind that has one
record AttentionScores(
    FusedKind kind, Dot product, Value scale, Optional<Value> extra, Optional<Value> bias) {
  /// Of `[B, T, KV, G, S]`.
  static final int STEPS_RANK = 5;

  static Optional<AttentionScores> of(Value value, Graph graph) {
    Value scores = graph.beforeWidening(value);
    return scaled(scores, graph).or(() -> capped(scores, graph)).or(() -> biased(scores, graph));
  }

  /// Plain scores beside which `sinks` stand.
  Optional<AttentionScores> sinkingTo(Value sinks, Graph graph) {
    return kind == FusedKind.ATTENTION
            && graph.type(sinks).elem() == graph.type(product.lhs()).elem()
        ? Optional.of(
            new AttentionScores(
                FusedKind.SINKING_ATTENTION, product, scale, Optional.of(sinks), Optional.empty()))
        : Optional.empty();
  }

  private static Optional<AttentionScores> scaled(Value value, Graph graph) {
    return timesConstant(value, graph)
        .flatMap(
            scaled ->
                product(scaled.lhs(), graph)
                    .map(
                        dot ->
                            new AttentionScores(
                                FusedKind.ATTENTION,
                                dot,
                                scaled.rhs(),
                                Optional.empty(),
                                Optional.empty())));
  }

  private static Optional<AttentionScores> capped(Value value, Graph graph) {
    Optional<Binary> times = timesConstant(value, graph);
    if (times.isEmpty()) return Optional.empty();
    Value cap = times.get().rhs();
    OptionalDouble number = graph.constant(cap);
    return graph
        .unary(UnaryKind.TANH, times.get().lhs())
        .flatMap(quotient -> graph.binary(BinaryKind.DIV, quotient))
        .filter(division -> graph.constant(division.rhs()).equals(number))
        .flatMap(division -> scaled(division.lhs(), graph))
        .map(
            scores ->
                new AttentionScores(
                    FusedKind.CAPPED_ATTENTION,
                    scores.product,
                    scores.scale,
                    Optional.of(cap),
                    Optional.empty()));
  }

  private static Optional<AttentionScores> biased(Value value, Graph graph) {
    return graph
        .binary(BinaryKind.ADD, value)
        .flatMap(
            sum ->
                biased(sum.lhs(), sum.rhs(), graph).or(() -> biased(sum.rhs(), sum.lhs(), graph)));
  }

  private static Optional<AttentionScores> biased(Value value, Value bias, Graph graph) {
    if (graph.type(bias).rank() != graph.type(value).rank()) return Optional.empty();
    return scaled(graph.beforeWidening(value), graph)
        .map(
            scores ->
                new AttentionScores(
                    FusedKind.BIASED_ATTENTION,
                    scores.product,
                    scores.scale,
                    Optional.empty(),
                    Optional.of(bias)));
  }

  private static Optional<Binary> timesConstant(Value value, Graph graph) {
    return graph
        .binary(BinaryKind.MUL, value)
        .filter(product -> graph.constant(product.rhs()).isPresent());
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
  static boolean isPerHead(Dot dot, int summed, Graph graph) {
    int rank = graph.type(dot.lhs()).rank();
    return (rank == STEPS_RANK || rank == STEPS_RANK - 1)
        && graph.type(dot.rhs()).rank() == 4
        && dot.lhsBatch().equals(List.of(0, rank - 3))
        && dot.rhsBatch().equals(List.of(0, 2))
        && dot.lhsSum().equals(List.of(rank - 1))
        && dot.rhsSum().equals(List.of(summed))
        && dot.plus().isEmpty();
  }
}
