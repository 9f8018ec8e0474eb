package dune.passes.join;

import dune.ir.Contraction.Dot;
import dune.ir.Control;
import dune.ir.Function;
import dune.ir.Node;
import dune.ir.Operands;
import dune.ir.Source;
import dune.ir.Value;
import dune.passes.fuse.Fuse;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The products of a function with weights, and how often it reads each weight.
final class Projections {
  private final Function function;
  private final Map<Value, Source.Weight> weights = new HashMap<>();
  private final Map<String, Integer> uses = new HashMap<>();
  private final Map<String, Projection> products = new LinkedHashMap<>();
  private final Set<String> activated = new HashSet<>();

  Projections(Function function) {
    this.function = function;
    for (Node node : function.nodes()) {
      if (node.op() instanceof Source.Weight weight) weights.put(node.result(), weight);
    }
    function.outputs().forEach(output -> count(output.value()));
    count(function.nodes());
    for (Node node : function.nodes()) {
      projection(node).ifPresent(found -> products.put(found.weight().path(), found));
    }
    for (Value weight : Fuse.activated(function)) {
      if (weights.containsKey(weight)) activated.add(weights.get(weight).path());
    }
  }

  /// The product with a weight; the last, if there are several.
  Optional<Projection> of(String weight) {
    return Optional.ofNullable(products.get(weight));
  }

  /// Whether an activation takes the place of the product with the weight.
  boolean isActivated(String weight) {
    return activated.contains(weight);
  }

  /// How often something reads the weight.
  int uses(String path) {
    return uses.getOrDefault(path, 0);
  }

  private void count(List<Node> nodes) {
    for (Node node : nodes) {
      Operands.of(node.op()).forEach(this::count);
      if (node.op() instanceof Control control) countInside(control.body().nodes());
    }
  }

  private void count(Value value) {
    Source.Weight weight = weights.get(value);
    if (weight != null) uses.merge(weight.path(), 1, Integer::sum);
  }

  private void countInside(List<Node> nodes) {
    for (Node node : nodes) {
      if (node.op() instanceof Source.Weight(var path, _)) uses.merge(path, 1, Integer::sum);
      if (node.op() instanceof Control control) countInside(control.body().nodes());
    }
  }

  private Optional<Projection> projection(Node node) {
    if (!(node.op() instanceof Dot dot)) return Optional.empty();
    Source.Weight weight = weights.get(dot.rhs());
    boolean fits = weight != null && dot.isLinear(function);
    if (!fits || dot.plus().isEmpty()) {
      return fits
          ? Optional.of(new Projection(node, dot.lhs(), weight, Optional.empty()))
          : Optional.empty();
    }
    return dot.plus()
        .map(weights::get)
        .filter(bias -> bias.type().rank() == 1)
        .map(bias -> new Projection(node, dot.lhs(), weight, Optional.of(bias)));
  }
}
