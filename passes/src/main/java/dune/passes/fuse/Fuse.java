package dune.passes.fuse;

import dune.ir.Control;
import dune.ir.Function;
import dune.ir.FunctionBuilder;
import dune.ir.Node;
import dune.ir.Op;
import dune.ir.Operands;
import dune.ir.Program;
import dune.ir.Source;
import dune.ir.Stateful;
import dune.ir.Value;
import dune.passes.pass.Observer;
import dune.passes.pass.Remark;
import dune.passes.rewrite.FunctionCopy;
import dune.passes.rewrite.Substitution;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/// Finds groups and moves each into a body. Larger patterns come first, and an operation belongs to
/// one group at the most. A group of which something is also used elsewhere is left as it is, and
/// the remark says where.
public final class Fuse {
  public static final String PASS = "fuse";

  private static final List<Pattern> PATTERNS =
      List.of(new AttentionPattern(), new RmsNormPattern(), new SwigluPattern());

  private final Function function;
  private final Graph graph;
  private final Observer observer;
  private final Map<Node, Group> groups = new HashMap<>();
  private final Set<Node> claimed = new HashSet<>();

  private Fuse(Function function, Observer observer) {
    this.function = function;
    this.graph = new Graph(function);
    this.observer = observer;
  }

  public static Program apply(Program program, Observer observer) {
    return new Program(
        program.name(),
        program.weights(),
        program.states(),
        program.functions().stream().map(each -> new Fuse(each, observer).run()).toList());
  }

  private Function run() {
    for (Pattern pattern : PATTERNS) {
      for (Node node : function.nodes().reversed()) {
        if (claimed.contains(node)) continue;
        pattern.match(node, graph).ifPresent(group -> claim(node, group));
      }
    }
    if (groups.isEmpty()) return function;
    Function fused = FunctionCopy.copy(function, Substitution.NONE, new Outline());
    // What stands in a body now is dead outside.
    return FunctionCopy.copy(fused, Substitution.NONE, FunctionCopy.VERBATIM);
  }

  private void claim(Node root, Group group) {
    Optional<Set<Node>> inside = inside(root, group);
    if (inside.isEmpty()) return;
    Optional<Node> elsewhere = elsewhere(root, inside.get());
    String name = group.kind().name().toLowerCase(Locale.ROOT).replace('_', ' ');
    if (elsewhere.isPresent()) {
      String place = elsewhere.get().origin().place();
      observer.remarked(
          new Remark(
              PASS,
              root.origin(),
              "not fused to " + name + ": a value inside is also used at " + place));
      return;
    }
    groups.put(root, group);
    // What is cheap stands in the body of everyone who uses it.
    for (Node node : inside.get()) if (node.equals(root) || !isCheap(node.op())) claimed.add(node);
    observer.fired(group.kind().name(), root.origin());
    observer.remarked(
        new Remark(
            PASS, root.origin(), "fused " + name + " (" + inside.get().size() + " operations)"));
  }

  /// The nodes between the operands and the root; nothing if one of them cannot stand in a body or
  /// belongs to another group, or if a value is needed that is no operand.
  private Optional<Set<Node>> inside(Node root, Group group) {
    var inside = new HashSet<Node>();
    var open = new ArrayList<Node>(List.of(root));
    while (!open.isEmpty()) {
      Node node = open.removeLast();
      if (!inside.add(node)) continue;
      boolean fits =
          !claimed.contains(node)
              && node.op().isPure()
              && !Graph.hasBody(node.op())
              && !(node.op() instanceof Stateful)
              && !(node.op() instanceof Source.Weight);
      if (!fits) return Optional.empty();
      for (Value operand : Operands.of(node.op())) {
        if (group.operands().contains(operand)) continue;
        Optional<Node> definition = graph.definition(operand);
        if (definition.isEmpty()) return Optional.empty();
        if (!(definition.get().op() instanceof Source.Constant)) open.add(definition.get());
      }
    }
    return Optional.of(inside);
  }

  /// Who uses something of the group without belonging to it. What is cheap to have twice does not
  /// count.
  private Optional<Node> elsewhere(Node root, Set<Node> inside) {
    for (Node node : function.nodes()) {
      if (!inside.contains(node) || node.equals(root) || isCheap(node.op())) continue;
      for (Value result : node.results()) {
        if (graph.isOutput(result)) return Optional.of(node);
        for (Node user : graph.users(result)) {
          if (!inside.contains(user)) return Optional.of(user);
        }
      }
    }
    return Optional.empty();
  }

  /// Views, which cost nothing, and casts, which their users would make again.
  private static boolean isCheap(Op op) {
    return op instanceof dune.ir.Layout.Broadcast
        || op instanceof dune.ir.Layout.Reshape
        || op instanceof dune.ir.Elementwise.Cast;
  }

  /// Copies a function, with a body in the place of each root.
  private final class Outline implements FunctionCopy.Emitter {
    @Override
    public List<Value> emit(Op op, Node before, FunctionBuilder into) {
      return into.emitAll(op, before.origin());
    }

    @Override
    public List<Value> emit(Op op, Node before, UnaryOperator<Value> copies, FunctionBuilder into) {
      Group group = groups.get(before);
      if (group == null) return emit(op, before, into);
      List<Value> operands = group.operands().stream().map(copies).toList();
      FunctionBuilder body = into.region(operands.stream().map(into::of).toList());
      var values = new HashMap<Value, Value>();
      for (int i = 0; i < operands.size(); i++) {
        values.put(group.operands().get(i), body.arguments().get(i));
      }
      Value result = copy(group.root(), values, body);
      return into.emitAll(
          new Control.Fused(group.kind(), operands, body.buildRegion(List.of(result))),
          before.origin());
    }

    private Value copy(Value value, Map<Value, Value> values, FunctionBuilder body) {
      Value known = values.get(value);
      if (known != null) return known;
      Node node = graph.definition(value).orElseThrow();
      for (Value operand : Operands.of(node.op())) copy(operand, values, body);
      List<Value> results = body.emitAll(Operands.map(node.op(), values::get), node.origin());
      for (int i = 0; i < results.size(); i++) values.put(node.results().get(i), results.get(i));
      return values.get(value);
    }
  }
}
