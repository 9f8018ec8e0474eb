package dune.passes.fuse;

import dune.ir.Control;
import dune.ir.Control.FusedKind;
import dune.ir.Elementwise;
import dune.ir.Function;
import dune.ir.Layout;
import dune.ir.Node;
import dune.ir.Op;
import dune.ir.Operands;
import dune.ir.Program;
import dune.ir.Source;
import dune.ir.Value;
import dune.ir.dim.Dim;
import dune.passes.pass.Observer;
import dune.passes.pass.Remark;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Collectors;

/// Finds groups and moves each into a body. Larger patterns come first, and an operation belongs to
/// one group at the most. A group of which something is also used elsewhere is left as it is, and
/// the remark says where. Experts come before all of them, and rotations side by side after.
public final class Fuse {
  public static final String PASS = "fuse";

  /// As observers are told that several rotations became one. Groups go by the name of their kind.
  public static final String NEIGHBOURS = "neighbouring rotations";

  /// As observers are told that experts add up what they give.
  public static final String WEIGHTED = "weighted experts";

  private static final List<Pattern> PATTERNS =
      List.of(
          new AttentionPattern(),
          new SoftmaxPattern(),
          // Before those of RMS norms, which would find themselves in them.
          new AddNormPattern(new LayerNormPattern(), FusedKind.ADD_LAYER_NORM),
          new LayerNormPattern(),
          new AddNormPattern(new RmsNormPattern(), FusedKind.ADD_RMS_NORM),
          new RmsNormPattern(),
          new GatePattern(),
          // What is left of activations: gates keep theirs.
          new LinearActivationPattern(),
          new ActivationPattern(),
          new RotaryPattern());

  private final Function function;
  private final Graph graph;
  private final Observer observer;

  /// Where nodes stand in the function.
  private final Map<Node, Integer> places = new IdentityHashMap<>();

  /// By what they compute last.
  private final Map<Value, Group> groups = new HashMap<>();

  /// What is computed in some group, and in no other.
  private final Set<Value> claimed = new HashSet<>();

  private Fuse(Function function, Observer observer) {
    this.function = function;
    this.graph = new Graph(function);
    this.observer = observer;
    for (Node node : graph.nodes()) places.put(node, places.size());
  }

  public static Program apply(Program program, Observer observer) {
    return new Program(
        program.name(),
        program.weights(),
        program.states(),
        program.functions().stream()
            .map(each -> WeightedExperts.apply(each, observer))
            .map(each -> Turns.merge(new Fuse(each, observer).run(), observer))
            .toList());
  }

  /// The weights of the products that activations take the place of.
  ///
  /// @param function in which nothing is fused yet
  public static Set<Value> activated(Function function) {
    var fuse = new Fuse(function, Observer.NONE);
    fuse.find(List.of(new GatePattern(), new LinearActivationPattern()));
    return fuse.groups.values().stream()
        .flatMap(group -> LinearActivationPattern.weight(group).stream())
        .collect(Collectors.toSet());
  }

  private Function run() {
    find(PATTERNS);
    return Outline.of(function, graph, groups);
  }

  private void find(List<Pattern> patterns) {
    for (Pattern pattern : patterns) {
      for (Node node : graph.nodes().reversed()) {
        if (node.results().size() != 1 || claimed.contains(node.result())) continue;
        Optional<Group> group = pattern.match(node, graph);
        if (group.isPresent()) claim(node, group.get());
        else pattern.obstacle(node, graph).ifPresent(text -> remark(node, text));
      }
    }
  }

  private void claim(Node root, Group group) {
    SequencedMap<Value, Node> inside = new LinkedHashMap<>();
    for (Value each : group.roots()) {
      if (!collect(graph.definition(each).orElseThrow(), group, inside)) return;
    }
    Optional<Node> elsewhere = elsewhere(group, inside);
    String name = name(group.kind());
    if (elsewhere.isPresent()) {
      String place = elsewhere.get().origin().place();
      String text = "not fused to " + name + ": a value inside is also used at " + place;
      remark(root, text);
      return;
    }
    groups.put(group.last(), group);
    claimed.addAll(group.roots());
    // What is cheap stands in the body of everyone who uses it.
    inside.forEach(
        (value, node) -> {
          if (!isCheap(node.op())) claimed.add(value);
        });
    observer.fired(group.kind().name(), root.origin());
    Dim saved = Savings.of(inside, group.roots(), function);
    remark(root, "fused %s (%d operations%s)".formatted(name, inside.size(), Savings.text(saved)));
  }

  private void remark(Node root, String text) {
    observer.remarked(new Remark(PASS, root.origin(), text));
  }

  /// As people write it.
  private static String name(FusedKind kind) {
    return switch (kind) {
      case ATTENTION -> "attention";
      case CAPPED_ATTENTION -> "attention with bounded scores";
      case BIASED_ATTENTION -> "attention with a bias";
      case SINKING_ATTENTION -> "attention with sinks";
      case RMS_NORM -> "RMS norm";
      case ADD_RMS_NORM -> "RMS norm with residual";
      case LAYER_NORM -> "layer norm";
      case ADD_LAYER_NORM -> "layer norm with residual";
      case SILU -> "SiLU";
      case GELU -> "GELU";
      case GELU_TANH -> "GELU by tanh";
      case LINEAR_SILU -> "linear with SiLU";
      case LINEAR_GELU -> "linear with GELU";
      case LINEAR_GELU_TANH -> "linear with GELU by tanh";
      case LINEAR_RELU -> "linear with ReLU";
      case SWIGLU -> "SwiGLU gate";
      case GEGLU -> "GEGLU gate";
      case GEGLU_TANH -> "GEGLU gate by tanh";
      case SOFTMAX -> "softmax";
      case ROTARY -> "rotary positions";
      case REGION -> "region";
      case CROSS_ENTROPY -> "cross entropy";
    };
  }

  /// Collects the nodes between the operands and the root, by what they compute.
  ///
  /// @return whether all of them can stand in a body, and nothing is needed that is no operand
  private boolean collect(Node node, Group group, Map<Value, Node> inside) {
    boolean fits =
        node.results().size() == 1
            && !claimed.contains(node.result())
            && node.op().isPure()
            && !(node.op() instanceof Control)
            && !(node.op() instanceof Source.Weight)
            && !(node.op() instanceof Source.Prepared);
    if (!fits) return false;
    if (inside.putIfAbsent(node.result(), node) != null) return true;
    for (Value operand : Operands.of(node.op())) {
      if (group.isGiven(operand)) continue;
      Optional<Node> definition = graph.definition(operand);
      if (definition.isEmpty()) return false;
      if (definition.get().op() instanceof Source.Constant) continue;
      if (!collect(definition.get(), group, inside)) return false;
    }
    return true;
  }

  /// Who uses something of the group without belonging to it. What is cheap to have twice does not
  /// count, nor who uses a root after all of the group is computed.
  private Optional<Node> elsewhere(Group group, Map<Value, Node> inside) {
    for (Node node : inside.values()) {
      boolean isRoot = group.roots().contains(node.result());
      if (!isRoot && isCheap(node.op())) continue;
      if (!isRoot && graph.isOutput(node.result())) return Optional.of(node);
      for (Node user : graph.users(node.result())) {
        boolean belongs = user.results().stream().anyMatch(inside::containsKey);
        if (!belongs && !(isRoot && isAfter(user, group.last()))) return Optional.of(user);
      }
    }
    return Optional.empty();
  }

  private boolean isAfter(Node user, Value value) {
    return places.get(user) > places.get(graph.definition(value).orElseThrow());
  }

  /// Views, which cost nothing, and casts, which their users would make again.
  private static boolean isCheap(Op op) {
    return op instanceof Layout.Broadcast
        || op instanceof Layout.Reshape
        || op instanceof Elementwise.Cast;
  }
}
