package dune.ir.cost;

import dune.ir.Control.Dispatch;
import dune.ir.Function;
import dune.ir.Node;
import dune.ir.Operands;
import dune.ir.Source;
import dune.ir.Value;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Which weights belong to experts, and which share of them a token meets.
public final class Experts {
  private Experts() {}

  /// By path of a weight, chosen experts over all experts. Weights that are also used elsewhere are
  /// not among them.
  public static Map<String, Double> shares(Function function) {
    var definitions = new HashMap<Value, Node>();
    for (Node node : function.nodes())
      node.results().forEach(value -> definitions.put(value, node));
    var shares = new LinkedHashMap<String, Double>();
    var chosen = new HashSet<Value>();
    for (Node node : function.nodes()) {
      if (!(node.op() instanceof Dispatch dispatch)) continue;
      var choice = function.of(dispatch.choice());
      double experts = dispatch.captures().size();
      double share =
          Math.min(1, choice.dim(choice.rank() - 1).constant().orElse(experts) / experts);
      for (List<Value> captures : dispatch.captures()) {
        for (Value value : closure(captures, definitions)) {
          chosen.add(value);
          if (definitions.get(value).op() instanceof Source.Weight(var path, _)) {
            shares.merge(path, share, Math::max);
          }
        }
      }
    }
    for (Node node : function.nodes()) {
      if (node.op() instanceof Dispatch || chosen.containsAll(node.results())) continue;
      for (Value operand : Operands.of(node.op())) {
        if (chosen.contains(operand)
            && definitions.get(operand).op() instanceof Source.Weight(var path, _)) {
          shares.remove(path);
        }
      }
    }
    return shares;
  }

  /// The values and everything that they are made of.
  private static Set<Value> closure(List<Value> values, Map<Value, Node> definitions) {
    var closure = new HashSet<Value>();
    var open = new ArrayDeque<>(values);
    while (!open.isEmpty()) {
      Value value = open.remove();
      if (definitions.containsKey(value) && closure.add(value)) {
        open.addAll(Operands.of(definitions.get(value).op()));
      }
    }
    return closure;
  }
}
