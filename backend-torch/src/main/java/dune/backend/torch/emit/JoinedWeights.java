package dune.backend.torch.emit;

import dune.ir.Function;
import dune.ir.Layout;
import dune.ir.Node;
import dune.ir.Operands;
import dune.ir.Source;
import dune.ir.Value;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The weights of a function that stand behind one another in a {@link Layout.Concat} along their
/// first axis. That tensor is the same in every call, so it is bound as a weight is.
final class JoinedWeights {
  private final Map<Value, String> weights = new LinkedHashMap<>();
  private final Map<Value, List<String>> joined = new LinkedHashMap<>();
  private final Set<Value> parts = new HashSet<>();

  JoinedWeights(Function function) {
    var alone = new HashSet<Value>();
    for (Node node : function.nodes()) {
      if (node.op() instanceof Source.Weight weight) weights.put(node.result(), weight.path());
      if (node.op() instanceof Layout.Concat(var operands, int axis)
          && axis == 0
          && weights.keySet().containsAll(operands)) {
        joined.put(node.result(), operands.stream().map(weights::get).toList());
        parts.addAll(operands);
      } else {
        alone.addAll(Operands.of(node.op()));
      }
    }
    function.outputs().forEach(output -> alone.add(output.value()));
    parts.removeAll(alone);
  }

  /// The paths of the weights that `value` consists of, if it is a joined weight.
  Optional<List<String>> parts(Value value) {
    return Optional.ofNullable(joined.get(value));
  }

  List<List<String>> all() {
    return List.copyOf(joined.values());
  }

  /// Whether the weight is needed as a part of joined weights only.
  boolean isOnlyPart(Value weight) {
    return parts.contains(weight);
  }

  /// The paths of weights that are needed as they are.
  Set<String> alone() {
    var alone = new HashSet<String>();
    weights.forEach(
        (value, path) -> {
          if (!parts.contains(value)) alone.add(path);
        });
    return alone;
  }
}
