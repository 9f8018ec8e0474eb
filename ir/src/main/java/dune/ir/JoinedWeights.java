package dune.ir;

import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The weights that stand behind one another in a {@link Layout.Concat} along their first axis.
/// That tensor is the same in every call, so a backend binds it as it binds a weight, and it takes
/// no memory while a call runs.
public final class JoinedWeights {
  private final Map<Value, String> weights = new LinkedHashMap<>();
  private final Map<Value, List<String>> joined = new LinkedHashMap<>();
  private final Set<Value> parts = new HashSet<>();

  /// Of a whole function.
  public static JoinedWeights of(Function function) {
    var found = new JoinedWeights(function.nodes());
    function.outputs().forEach(output -> found.parts.remove(output.value()));
    return found;
  }

  /// @param nodes of a function or a body, in their order
  public JoinedWeights(Collection<Node> nodes) {
    var alone = new HashSet<Value>();
    for (Node node : nodes) {
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
    parts.removeAll(alone);
  }

  /// The paths of the weights that `value` consists of, if it is a joined weight.
  public Optional<List<String>> parts(Value value) {
    return Optional.ofNullable(joined.get(value));
  }

  /// The paths of each joined weight.
  public List<List<String>> all() {
    return List.copyOf(joined.values());
  }

  /// Whether the weight is needed as a part of joined weights only.
  public boolean isOnlyPart(Value weight) {
    return parts.contains(weight);
  }

  /// The paths of weights that are needed as they are.
  public Set<String> alone() {
    var alone = new HashSet<String>();
    weights.forEach(
        (value, path) -> {
          if (!parts.contains(value)) alone.add(path);
        });
    return alone;
  }
}
