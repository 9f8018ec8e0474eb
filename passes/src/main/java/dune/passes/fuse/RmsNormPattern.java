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

/// `y * rsqrt(mean(y * y) + eps) * weight` over the last axis, where `y` may be `x` in a wider type
/// and the product with the weight may come before the cast back or after it.
final class RmsNormPattern implements Pattern {
  @Override
  public Optional<Group> match(Node root, Graph graph) {
    Value product = graph.beforeRounding(root.result());
    Optional<Binary> scaled = graph.binary(BinaryKind.MUL, product);
    if (scaled.isEmpty()) return Optional.empty();
    return match(root, scaled.get().lhs(), scaled.get().rhs(), graph)
        .or(() -> match(root, scaled.get().rhs(), scaled.get().lhs(), graph));
  }

  private static Optional<Group> match(Node root, Value normed, Value scale, Graph graph) {
    Optional<Value> weight = graph.vectorAlongLast(scale);
    Optional<Binary> product = graph.binary(BinaryKind.MUL, graph.beforeRounding(normed));
    if (weight.isEmpty() || product.isEmpty()) return Optional.empty();
    return normed(root, product.get().lhs(), product.get().rhs(), weight.get(), graph)
        .or(() -> normed(root, product.get().rhs(), product.get().lhs(), weight.get(), graph));
  }

  private static Optional<Group> normed(
      Node root, Value y, Value factor, Value weight, Graph graph) {
    return epsilon(y, factor, graph)
        .map(
            eps ->
                new Group(
                    FusedKind.RMS_NORM,
                    root.result(),
                    List.of(graph.beforeWidening(y), weight, eps)));
  }

  /// The `eps` of a factor `rsqrt(mean(y * y) + eps)` that is repeated along the last axis.
  static Optional<Value> epsilon(Value y, Value factor, Graph graph) {
    Optional<Binary> sum =
        graph
            .repeatedAlongLast(factor)
            .flatMap(inverse -> graph.unary(UnaryKind.RSQRT, inverse))
            .flatMap(added -> graph.binary(BinaryKind.ADD, added));
    if (sum.isEmpty() || graph.constant(sum.get().rhs()).isEmpty()) return Optional.empty();
    Optional<Contraction.Reduce> mean = graph.find(Contraction.Reduce.class, sum.get().lhs());
    int last = graph.type(y).rank() - 1;
    boolean fits =
        mean.isPresent()
            && mean.get().kind() == ReduceKind.MEAN
            && mean.get().axes().equals(List.of(last))
            && isSquare(mean.get().x(), y, graph);
    return fits ? Optional.of(sum.get().rhs()) : Optional.empty();
  }

  private static boolean isSquare(Value square, Value y, Graph graph) {
    return graph
        .binary(BinaryKind.MUL, square)
        .filter(product -> product.lhs().equals(y) && product.rhs().equals(y))
        .isPresent();
  }
}
