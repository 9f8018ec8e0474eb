package dune.passes.fuse;

import dune.ir.Contraction.Reduce;
import dune.ir.Contraction.ReduceKind;
import dune.ir.Elementwise.Binary;
import dune.ir.Elementwise.BinaryKind;
import dune.ir.Elementwise.UnaryKind;
import dune.ir.Layout;
import dune.ir.Value;
import java.util.List;
import java.util.Optional;

/// `e / (sum(e) + exp(sink - m))` of `e = exp(x - m)` and `m = max(max(x), sink)` over the last
/// axis: a softmax to which `sink` belongs, but whose share of it nobody gets.
///
/// @param sinks `[KV, G]`, one for each head of `x: [.., KV, G, S]`, before it is widened
record SinkingSoftmax(Value x, Value sinks) {

  /// What `value` is.
  static Optional<SinkingSoftmax> of(Value value, Graph graph) {
    Optional<Binary> division = graph.binary(BinaryKind.DIV, value);
    Optional<Binary> total =
        division
            .flatMap(shares -> graph.repeatedAlongLast(shares.rhs()))
            .flatMap(repeated -> graph.binary(BinaryKind.ADD, repeated));
    Optional<Binary> shifted = division.flatMap(shares -> exponent(shares.lhs(), graph));
    Optional<Binary> sunk = total.flatMap(sum -> exponent(sum.rhs(), graph));
    if (shifted.isEmpty() || sunk.isEmpty()) return Optional.empty();
    Value x = shifted.get().lhs();
    Value sink = sunk.get().lhs();
    Value largest = sunk.get().rhs();
    boolean fits =
        folds(ReduceKind.SUM, total.get().lhs(), division.get().lhs(), graph)
            && graph.repeatedAlongLast(shifted.get().rhs()).equals(Optional.of(largest))
            && isLargest(largest, x, sink, graph);
    return fits
        ? perHead(sink, graph).map(sinks -> new SinkingSoftmax(x, sinks))
        : Optional.empty();
  }

  /// The difference whose power `value` is.
  private static Optional<Binary> exponent(Value value, Graph graph) {
    return graph
        .unary(UnaryKind.EXP, value)
        .flatMap(difference -> graph.binary(BinaryKind.SUB, difference));
  }

  /// Whether `value` is `max(max(x), sink)`.
  private static boolean isLargest(Value value, Value x, Value sink, Graph graph) {
    return graph
        .binary(BinaryKind.MAX, value)
        .filter(both -> both.rhs().equals(sink) && folds(ReduceKind.MAX, both.lhs(), x, graph))
        .isPresent();
  }

  /// Whether `value` is a reduction of `x` over its last axis.
  private static boolean folds(ReduceKind kind, Value value, Value x, Graph graph) {
    return graph
        .find(Reduce.class, value)
        .filter(
            reduce ->
                reduce.kind() == kind
                    && reduce.x().equals(x)
                    && reduce.axes().equals(List.of(graph.type(x).rank() - 1)))
        .isPresent();
  }

  /// The number of each head that `value: [.., KV, G]` repeats.
  private static Optional<Value> perHead(Value value, Graph graph) {
    int rank = graph.type(value).rank();
    return graph
        .find(Layout.Broadcast.class, value)
        .filter(broadcast -> broadcast.axes().equals(List.of(rank - 2, rank - 1)))
        .map(broadcast -> graph.beforeWidening(broadcast.x()));
  }
}
