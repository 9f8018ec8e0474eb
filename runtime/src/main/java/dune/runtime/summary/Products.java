package dune.runtime.summary;

import dune.ir.Contraction.Dot;
import dune.ir.Control.Dispatch;
import dune.ir.Control.Fused;
import dune.ir.Control.Scan;
import dune.ir.Function;
import dune.ir.Node;
import dune.ir.Op;
import dune.ir.Operands;
import dune.ir.Source;
import dune.ir.Type;
import dune.ir.Value;
import dune.ir.dim.Dim;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Counts the multiplications and additions of a function's matrix products. Everything else that a
/// model computes is work per element, which is left out.
public final class Products {

  /// Hears of a product.
  ///
  /// @param path the block that it is computed in
  /// @param kind whether one of its factors is made of weights alone
  @FunctionalInterface
  public interface Listener {
    void product(String path, Kind kind, long flops);
  }

  /// What is multiplied.
  public enum Kind {
    WITH_WEIGHTS,
    AMONG_TOKENS
  }

  private final Function function;
  private final Listener listener;

  /// Values that are the same whatever the tokens are.
  private final Set<Value> fixed = new HashSet<>();

  private Products(Function function, Listener listener) {
    this.function = function;
    this.listener = listener;
  }

  /// @param sizes of the dimensions that the function leaves open
  public static void count(Function function, Map<String, Long> sizes, Listener listener) {
    new Products(function, listener).count(function.nodes(), sizes, 1);
  }

  private void count(List<Node> nodes, Map<String, Long> sizes, long times) {
    for (Node node : nodes) {
      if (isFixed(node.op())) fixed.addAll(node.results());
      switch (node.op()) {
        case Dot dot -> {
          boolean weights = fixed.contains(dot.lhs()) || fixed.contains(dot.rhs());
          listener.product(
              node.origin().path(),
              weights ? Kind.WITH_WEIGHTS : Kind.AMONG_TOKENS,
              2 * times * multiplications(node, dot, sizes));
        }
        case Scan scan -> {
          hand(scan.captures(), scan.body().arguments(), 1 + scan.initial().size());
          count(scan.body().nodes(), sizes, times * scan.steps().evaluate(sizes));
        }
        case Dispatch dispatch -> {
          var arguments = dispatch.body().arguments();
          hand(dispatch.captures().getFirst(), arguments, 1);
          // Each choice of each token is a row of some expert.
          var inner = new HashMap<>(sizes);
          String rows = function.of(arguments.getFirst()).dim(0).name().orElseThrow();
          inner.put(rows, elements(function.of(dispatch.choice()), sizes));
          count(dispatch.body().nodes(), inner, times);
        }
        case Fused fused -> {
          hand(fused.operands(), fused.body().arguments(), 0);
          count(fused.body().nodes(), sizes, times);
        }
        default -> {
          // No product.
        }
      }
    }
  }

  /// What a body is handed that is fixed is fixed in it too.
  private void hand(List<Value> captures, List<Value> arguments, int first) {
    for (int i = 0; i < captures.size(); i++) {
      if (fixed.contains(captures.get(i))) fixed.add(arguments.get(first + i));
    }
  }

  private boolean isFixed(Op op) {
    if (!op.isPure() || op instanceof Source.Position || op instanceof Source.Random) return false;
    return fixed.containsAll(Operands.of(op));
  }

  private long multiplications(Node node, Dot dot, Map<String, Long> sizes) {
    long count = elements(function.of(node.result()), sizes);
    for (int axis : dot.lhsSum()) count *= function.of(dot.lhs()).dim(axis).evaluate(sizes);
    return count;
  }

  private static long elements(Type type, Map<String, Long> sizes) {
    return type.shape().dims().stream()
        .mapToLong((Dim dim) -> dim.evaluate(sizes))
        .reduce(1, (a, b) -> a * b);
  }
}
