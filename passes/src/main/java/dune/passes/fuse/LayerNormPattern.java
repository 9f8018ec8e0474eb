package dune.passes.fuse;

import dune.ir.Contraction;
import dune.ir.Contraction.ReduceKind;
import dune.ir.Control.FusedKind;
import dune.ir.Elementwise.Binary;
import dune.ir.Elementwise.BinaryKind;
import dune.ir.Node;
import dune.ir.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// `c * rsqrt(mean(c * c) + eps) * weight (+ bias)` over the last axis, where `c = y - mean(y)` and
/// `y` may be `x` in a wider type.
final class LayerNormPattern implements Pattern {
  @Override
  public Optional<Group> match(Node root, Graph graph) {
    Value result = graph.beforeRounding(root.result());
    Optional<Binary> sum = graph.binary(BinaryKind.ADD, result);
    return sum.flatMap(
            both ->
                biased(root, both.lhs(), both.rhs(), graph)
                    .or(() -> biased(root, both.rhs(), both.lhs(), graph)))
        .or(() -> scaled(root, result, Optional.empty(), graph));
  }

  private static Optional<Group> biased(Node root, Value scaled, Value added, Graph graph) {
    return vector(added, graph).flatMap(bias -> scaled(root, scaled, Optional.of(bias), graph));
  }

  private static Optional<Group> scaled(Node root, Value value, Optional<Value> bias, Graph graph) {
    Optional<Binary> product = graph.binary(BinaryKind.MUL, value);
    return product.flatMap(
        both ->
            weighted(root, both.lhs(), both.rhs(), bias, graph)
                .or(() -> weighted(root, both.rhs(), both.lhs(), bias, graph)));
  }

  private static Optional<Group> weighted(
      Node root, Value normed, Value scale, Optional<Value> bias, Graph graph) {
    Optional<Value> weight = vector(scale, graph);
    Optional<Binary> product = graph.binary(BinaryKind.MUL, normed);
    if (weight.isEmpty() || product.isEmpty()) return Optional.empty();
    return normed(root, product.get().lhs(), product.get().rhs(), weight.get(), bias, graph)
        .or(
            () ->
                normed(root, product.get().rhs(), product.get().lhs(), weight.get(), bias, graph));
  }

  private static Optional<Group> normed(
      Node root, Value centred, Value factor, Value weight, Optional<Value> bias, Graph graph) {
    Optional<Value> eps = RmsNormPattern.epsilon(centred, factor, graph);
    Optional<Binary> difference = graph.binary(BinaryKind.SUB, centred);
    if (eps.isEmpty() || difference.isEmpty()) return Optional.empty();
    Value y = difference.get().lhs();
    Optional<Contraction.Reduce> mean =
        graph
            .repeatedAlongLast(difference.get().rhs())
            .flatMap(value -> graph.find(Contraction.Reduce.class, value))
            .filter(reduce -> reduce.kind() == ReduceKind.MEAN && reduce.x().equals(y))
            .filter(reduce -> reduce.axes().equals(List.of(graph.type(y).rank() - 1)));
    if (mean.isEmpty()) return Optional.empty();
    var operands = new ArrayList<>(List.of(graph.beforeWidening(y), weight, eps.get()));
    bias.ifPresent(operands::add);
    return Optional.of(new Group(FusedKind.LAYER_NORM, root.result(), operands));
  }

  private static Optional<Value> vector(Value value, Graph graph) {
    return graph.vectorAlongLast(value).map(graph::beforeWidening);
  }
}
