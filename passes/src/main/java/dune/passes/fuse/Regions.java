package dune.passes.fuse;

import dune.ir.Contraction;
import dune.ir.Contraction.Reduce;
import dune.ir.Control;
import dune.ir.Control.FusedKind;
import dune.ir.Elementwise;
import dune.ir.Function;
import dune.ir.Indexing;
import dune.ir.Layout;
import dune.ir.Node;
import dune.ir.Op;
import dune.ir.Operands;
import dune.ir.Program;
import dune.ir.Source;
import dune.ir.Stateful;
import dune.ir.Value;
import dune.ir.dim.Dim;
import dune.passes.pass.Observer;
import dune.passes.pass.Remark;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;

/// Moves chains of small operations that no pattern knows into regions: what is between the first
/// and the last is needed nowhere else, so it never has to reach memory.
///
/// A region walks the elements of what it gives, row by row. It holds elementwise operations on
/// these elements or on one number for each row, reductions of rows, numbers and vectors that are
/// repeated, and rows that are looked up. It grows from its last operation backwards, as long as
/// what it takes in is used by nothing outside, so nothing is computed twice. A region never
/// reaches across a change of state.
public final class Regions {
  public static final String PASS = "region";

  /// As observers are told.
  public static final String RULE = FusedKind.REGION.name();

  private final Function function;
  private final Graph graph;
  private final Observer observer;
  private final Map<Node, Integer> places = new IdentityHashMap<>();

  /// By place of a node, how many changes of state come before.
  private final List<Integer> changes = new ArrayList<>();

  /// By what they compute last.
  private final Map<Value, Group> groups = new HashMap<>();

  private final Set<Value> claimed = new HashSet<>();

  private Regions(Function function, Observer observer) {
    this.function = function;
    this.graph = new Graph(function);
    this.observer = observer;
    int changed = 0;
    for (Node node : graph.nodes()) {
      places.put(node, places.size());
      changes.add(changed);
      if (node.op() instanceof Stateful.WriteState || node.op() instanceof Stateful.Append) {
        changed++;
      }
    }
  }

  public static Program apply(Program program, Observer observer) {
    return new Program(
        program.name(),
        program.weights(),
        program.states(),
        program.functions().stream().map(each -> new Regions(each, observer).run()).toList());
  }

  private Function run() {
    for (Node node : graph.nodes().reversed()) {
      if (node.results().size() != 1 || claimed.contains(node.result()) || !isRoot(node.op())) {
        continue;
      }
      grow(node);
    }
    return Outline.of(function, graph, groups);
  }

  private void grow(Node root) {
    List<Dim> space = space(root);
    var inside = new TreeMap<Integer, Node>();
    inside.put(places.get(root), root);
    Optional<Node> refused = Optional.empty();
    boolean grows = true;
    while (grows) {
      grows = false;
      refused = Optional.empty();
      for (Node member : List.copyOf(inside.descendingMap().values())) {
        for (Value operand : Operands.of(member.op())) {
          Optional<Node> found = graph.definition(operand).filter(each -> fits(each, space, root));
          if (found.isEmpty() || inside.containsKey(places.get(found.get()))) continue;
          if (belongs(found.get(), inside)) {
            inside.put(places.get(found.get()), found.get());
            grows = true;
          } else refused = found;
        }
      }
    }
    SequencedMap<Value, Node> values = new LinkedHashMap<>();
    inside.values().forEach(node -> values.put(node.result(), node));
    Dim saved = Savings.of(values, List.of(root.result()), function);
    if (saved.is(0)) {
      refused.ifPresent(each -> refuse(root, each));
      return;
    }
    groups.put(
        root.result(), new Group(FusedKind.REGION, root.result(), operands(inside.values())));
    inside.values().stream()
        .filter(node -> !isRepeated(node.op()))
        .map(Node::result)
        .forEach(claimed::add);
    observer.fired(RULE, root.origin());
    long count = inside.values().stream().filter(node -> Savings.isComputed(node.op())).count();
    remark(root, "fused region (%d operations%s)".formatted(count, Savings.text(saved)));
  }

  private void refuse(Node root, Node producer) {
    Optional<Node> other =
        graph.users(producer.result()).stream().filter(user -> !user.equals(root)).findFirst();
    String place = other.map(user -> " at " + user.origin().place()).orElse("");
    remark(producer, "not fused to a region: also used" + place);
  }

  private void remark(Node node, String text) {
    observer.remarked(new Remark(PASS, node.origin(), text));
  }

  /// What the nodes need that none of them computes; numbers stand in the body.
  private List<Value> operands(Iterable<Node> inside) {
    var computed = new HashSet<Value>();
    var operands = new LinkedHashSet<Value>();
    for (Node node : inside) {
      for (Value operand : Operands.of(node.op())) {
        if (computed.contains(operand)) continue;
        if (graph.find(Source.Constant.class, operand).isEmpty()) operands.add(operand);
      }
      computed.add(node.result());
    }
    return List.copyOf(operands);
  }

  /// Whether everyone who uses what a node computes stands inside. Who repeats is no matter: each
  /// region repeats by itself.
  private boolean belongs(Node node, Map<Integer, Node> inside) {
    if (isRepeated(node.op())) return true;
    return !graph.isOutput(node.result())
        && graph.users(node.result()).stream()
            .allMatch(user -> inside.containsKey(places.get(user)));
  }

  private static boolean isRepeated(Op op) {
    return op instanceof Layout.Broadcast;
  }

  /// The elements that a region with this last operation walks.
  private List<Dim> space(Node root) {
    Value walked = root.op() instanceof Reduce reduce ? reduce.x() : root.result();
    return function.of(walked).shape().dims();
  }

  private boolean isRoot(Op op) {
    return op instanceof Elementwise || op instanceof Reduce reduce && isOfRows(reduce);
  }

  /// Whether a node can stand in a region of this space.
  private boolean fits(Node node, List<Dim> space, Node root) {
    if (node.results().size() != 1
        || claimed.contains(node.result())
        || !changes.get(places.get(node)).equals(changes.get(places.get(root)))) return false;
    List<Dim> dims = function.of(node.result()).shape().dims();
    boolean whole = dims.equals(space);
    boolean ofRows = !space.isEmpty() && dims.equals(space.subList(0, space.size() - 1));
    return switch (node.op()) {
      case Elementwise _, Layout.Broadcast _ -> (whole || ofRows) && !dims.isEmpty();
      case Reduce reduce ->
          ofRows && isOfRows(reduce) && function.of(reduce.x()).shape().dims().equals(space);
      case Indexing.Gather gather ->
          whole && gather.axis() == 0 && gather.batch() == 0 && function.of(gather.x()).rank() == 2;
      case Source _, Layout _, Stateful _, Control _ -> false;
      case Contraction.Dot _, Contraction.Top _ -> false;
    };
  }

  private boolean isOfRows(Reduce reduce) {
    return reduce.axes().equals(List.of(function.of(reduce.x()).rank() - 1));
  }
}
