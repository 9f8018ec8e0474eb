package dune.passes.fuse;

import dune.ir.Control;
import dune.ir.Function;
import dune.ir.FunctionBuilder;
import dune.ir.Node;
import dune.ir.Operands;
import dune.ir.Value;
import dune.passes.rewrite.FunctionCopy;
import dune.passes.rewrite.Substitution;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Copies a function, with a body in the place of the last root of each group.
final class Outline implements FunctionCopy.Verbatim {
  private final Graph graph;

  /// By what they compute last.
  private final Map<Value, Group> groups;

  /// What groups compute on the way to their last root, for others too.
  private final Set<Value> earlier = new HashSet<>();

  /// What is needed outside of the bodies of groups.
  private final Set<Value> needed = new HashSet<>();

  private Outline(Function function, Graph graph, Map<Value, Group> groups) {
    this.graph = graph;
    this.groups = groups;
    for (Group group : groups.values()) {
      earlier.addAll(group.roots().subList(0, group.roots().size() - 1));
    }
    needed.addAll(function.penalties());
    function.outputs().forEach(output -> needed.add(output.value()));
    need(function.nodes());
  }

  /// The copy.
  ///
  /// @param groups by what they compute last
  static Function of(Function function, Graph graph, Map<Value, Group> groups) {
    if (groups.isEmpty()) return function;
    return FunctionCopy.copy(function, Substitution.NONE, new Outline(function, graph, groups));
  }

  private void need(List<Node> nodes) {
    for (Node node : nodes.reversed()) {
      if (!node.results().isEmpty() && node.results().stream().noneMatch(needed::contains))
        continue;
      needed.addAll(group(node).map(Group::operands).orElseGet(() -> Operands.of(node.op())));
      Graph.inner(node.op())
          .ifPresent(
              region -> {
                needed.addAll(region.results());
                need(region.nodes());
              });
    }
  }

  private Optional<Group> group(Node root) {
    return root.results().size() == 1
        ? Optional.ofNullable(groups.get(root.result()))
        : Optional.empty();
  }

  @Override
  public boolean skips(Node before) {
    return !before.results().isEmpty()
        && before.results().stream()
            .allMatch(
                value ->
                    earlier.contains(value)
                        || graph.definition(value).isPresent() && !needed.contains(value));
  }

  @Override
  public Optional<List<Value>> replace(
      Node before, FunctionCopy.Copies copies, FunctionBuilder into) {
    return group(before).map(group -> List.of(outlined(group, before, copies, into)));
  }

  /// Puts the group into the copy.
  ///
  /// @return what stands for its last root
  private Value outlined(
      Group group, Node before, FunctionCopy.Copies copies, FunctionBuilder into) {
    List<Value> results =
        outlined(group, before, group.operands().stream().map(copies::of).toList(), into);
    for (int i = 0; i < results.size(); i++) copies.put(group.roots().get(i), results.get(i));
    return results.getLast();
  }

  /// @param before where the group stands
  /// @param operands those of the group, in the copy
  /// @return what stands for its roots
  private List<Value> outlined(
      Group group, Node before, List<Value> operands, FunctionBuilder into) {
    FunctionBuilder body = into.region(operands.stream().map(into::of).toList());
    var values = new HashMap<Value, Value>();
    for (int i = 0; i < operands.size(); i++) {
      values.put(group.operands().get(i), body.arguments().get(i));
    }
    for (Group part : group.parts()) {
      List<Value> taken = part.operands().stream().map(values::get).toList();
      Node root = graph.definition(part.last()).orElse(before);
      values.put(part.last(), outlined(part, root, taken, body).getLast());
    }
    List<Value> roots = group.roots().stream().map(root -> copy(root, values, body)).toList();
    return into.emitAll(
        new Control.Fused(group.kind(), operands, body.buildRegion(roots)), before.origin());
  }

  private Value copy(Value value, Map<Value, Value> values, FunctionBuilder body) {
    Value known = values.get(value);
    if (known != null) return known;
    Node node = graph.definition(value).orElseThrow();
    for (Value operand : Operands.of(node.op())) copy(operand, values, body);
    Value result = body.emit(Operands.map(node.op(), values::get), node.origin());
    values.put(value, result);
    return result;
  }
}
