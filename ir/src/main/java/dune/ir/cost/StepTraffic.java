package dune.ir.cost;

import dune.ir.Control;
import dune.ir.Function;
import dune.ir.Indexing;
import dune.ir.Node;
import dune.ir.Operands;
import dune.ir.Source;
import dune.ir.Value;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/// How many bytes of weights one token takes through the processor, when text is written token by
/// token: the roofline of decoding is memory bandwidth over this number.
///
/// A weight counts in full if anything multiplies it. Of a table that is only looked up, one row
/// per lookup counts; of the weights of experts, the share of those that are chosen.
public final class StepTraffic {
  private static final Map<String, Long> ONE_TOKEN = Map.of("B", 1L, "T", 1L, "S", 1L);

  private StepTraffic() {}

  /// @param function reads its tokens in `[B, T]`; all other sizes are numbers
  /// @return bytes per token of a batch of one
  public static long bytes(Function function) {
    Map<Value, Source.Weight> weights = new HashMap<>();
    for (Node node : function.nodes()) {
      if (node.op() instanceof Source.Weight weight) weights.put(node.result(), weight);
    }
    Map<String, Double> shares = new LinkedHashMap<>();
    for (Node node : function.nodes()) {
      for (Value value : Operands.of(node.op())) {
        Source.Weight weight = weights.get(value);
        if (weight == null) continue;
        shares.merge(weight.path(), Math.min(1, share(node, value, function)), Math::max);
      }
    }
    shares.putAll(Experts.shares(function));
    return Math.round(
        weights.values().stream()
            .mapToDouble(
                weight ->
                    shares.getOrDefault(weight.path(), 0.0)
                        * weight.type().bytes().evaluate(ONE_TOKEN))
            .sum());
  }

  /// How much of a weight one use of it reads.
  private static double share(Node use, Value weight, Function function) {
    if (use.op() instanceof Control.Fused fused) {
      Value argument = fused.body().arguments().get(fused.operands().indexOf(weight));
      return fused.body().nodes().stream()
          .filter(inside -> Operands.of(inside.op()).contains(argument))
          .mapToDouble(inside -> share(inside, argument, function))
          .max()
          .orElse(0);
    }
    if (!(use.op() instanceof Indexing.Gather(Value x, Value indices, int axis, int _))
        || !x.equals(weight)) {
      return 1;
    }
    double rows = function.of(indices).shape().count().evaluate(ONE_TOKEN);
    return rows / function.of(x).dim(axis).evaluate(ONE_TOKEN);
  }
}
