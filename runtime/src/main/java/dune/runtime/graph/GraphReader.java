package dune.runtime.graph;

import static java.util.stream.Collectors.joining;

import dune.ir.Contraction.Dot;
import dune.ir.Control;
import dune.ir.Control.Fused;
import dune.ir.Control.FusedKind;
import dune.ir.Elem;
import dune.ir.Elementwise;
import dune.ir.Function;
import dune.ir.JoinedWeights;
import dune.ir.Layout;
import dune.ir.Node;
import dune.ir.Op;
import dune.ir.Operands;
import dune.ir.Origin;
import dune.ir.Source;
import dune.ir.Stateful;
import dune.ir.Type;
import dune.ir.Value;
import dune.ir.text.Printer;
import dune.runtime.graph.Item.Box;
import dune.runtime.graph.Item.Kind;
import dune.runtime.graph.Item.Leaf;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// Reads what computes in a function. Views, casts, numbers, and what only counts positions stay
/// out of the picture: an edge goes through them.
final class GraphReader {
  /// Of so many operations of a region the picture speaks.
  private static final int LONGEST_REGION = 4;

  private final Function function;
  private final JoinedWeights joined;
  private final List<Leaf> leaves = new ArrayList<>();

  /// By number of a leaf, the block that it is drawn in.
  private final Map<Integer, String> blocks = new HashMap<>();

  /// By number of a leaf, the block that computes it.
  private final Map<Integer, String> originals = new HashMap<>();

  /// By value, the leaves that it comes from.
  private final Map<Value, Set<Integer>> sources = new HashMap<>();

  /// By state, the leaf that appended to it last.
  private final Map<String, Integer> writers = new HashMap<>();

  private final Map<Value, Hidden> hidden = new HashMap<>();
  private final Map<Value, String> weights = new HashMap<>();
  private final Map<String, Edge> edges = new LinkedHashMap<>();

  GraphReader(Function function) {
    this.function = function;
    this.joined = JoinedWeights.of(function);
  }

  Picture read(String title) {
    for (Function.Input input : function.inputs()) sources.put(input.value(), Set.of());
    for (Node node : function.nodes()) read(node);
    hoist();
    return new Picture(title, tree(), List.copyOf(edges.values()));
  }

  private void read(Node node) {
    var from = new LinkedHashSet<Integer>();
    for (Value operand : Operands.of(node.op())) {
      from.addAll(sources.getOrDefault(operand, Set.of()));
    }
    rememberWeights(node);
    if (node.op() instanceof Stateful.ReadCache(String state, _, _) && writers.containsKey(state)) {
      from.add(writers.get(state));
    }
    if (!isShown(node)) {
      Hidden way = hidden(node);
      for (Value result : node.results()) {
        sources.put(result, from);
        hidden.put(result, way);
      }
      return;
    }
    int number = leaves.size();
    leaves.add(leaf(number, node));
    blocks.put(number, node.origin().path());
    originals.put(number, node.origin().path());
    for (Value operand : Operands.of(node.op())) {
      for (int source : sources.getOrDefault(operand, Set.of())) {
        edges.putIfAbsent(
            source + ">" + number, new Edge(source, number, function.of(operand).toString()));
      }
    }
    if (node.op() instanceof Stateful.Append(String state, _, _)) writers.put(state, number);
    node.results().forEach(result -> sources.put(result, Set.of(number)));
  }

  /// What is not shown of how a value comes about.
  ///
  /// @param hash equal for values that come about alike
  /// @param numbers that occur on the way
  private record Hidden(int hash, Set<Long> numbers) {
    static final Hidden NOTHING = new Hidden(0, Set.of());
  }

  private Hidden hidden(Node node) {
    int hash = node.op().getClass().hashCode();
    var numbers = new TreeSet<Long>();
    if (node.op() instanceof Source.Constant(double value, _)) {
      hash = Double.hashCode(value);
      if (value > 1 && value == Math.rint(value)) numbers.add((long) value);
    }
    if (node.op() instanceof Fused fused) {
      for (Node inside : fused.body().nodes()) {
        Hidden part = hidden(inside);
        hash = 31 * hash + part.hash();
        numbers.addAll(part.numbers());
      }
    }
    for (Value operand : Operands.of(node.op())) {
      Hidden before = hidden.getOrDefault(operand, Hidden.NOTHING);
      hash = 31 * hash + before.hash();
      numbers.addAll(before.numbers());
    }
    return new Hidden(hash, numbers);
  }

  private void rememberWeights(Node node) {
    if (node.op() instanceof Source.Weight(var path, Type type)) {
      weights.put(node.result(), name(path) + " " + type);
    }
    for (Value result : node.results()) {
      joined
          .parts(result)
          .ifPresent(
              paths ->
                  weights.put(
                      result,
                      paths.stream().map(GraphReader::name).collect(joining(", "))
                          + " "
                          + function.of(result)));
    }
    if (node.op() instanceof Layout.Broadcast(Value x, _, _) && weights.containsKey(x)) {
      weights.put(node.result(), weights.get(x));
    }
    if (node.op() instanceof Elementwise.Cast(Value x, _) && weights.containsKey(x)) {
      weights.put(node.result(), weights.get(x));
    }
  }

  /// `q_proj` of `layers.0.self_attn.q_proj.weight`.
  private static String name(String path) {
    String[] segments = path.split("\\.");
    boolean plain = segments.length > 1 && segments[segments.length - 1].equals("weight");
    return plain ? segments[segments.length - 2] : segments[segments.length - 1];
  }

  private boolean isShown(Node node) {
    return switch (node.op()) {
      case Source _, Layout _, Elementwise.Cast _ -> isJoin(node);
      case Stateful op -> op instanceof Stateful.Append || op instanceof Stateful.WriteState;
      case Elementwise _ -> isNumbers(node);
      case Fused fused -> fused.kind() != FusedKind.REGION || isNumbers(node);
      default -> true;
    };
  }

  private boolean isNumbers(Node node) {
    return isFloat(node) && function.of(node.results().getFirst()).rank() > 0;
  }

  private boolean isJoin(Node node) {
    return node.op() instanceof Layout.Concat concat
        && !weights.containsKey(node.result())
        && isFloat(node)
        && concat.parts().size() > 1;
  }

  private boolean isFloat(Node node) {
    return function.of(node.results().getFirst()).elem().isFloat();
  }

  private Leaf leaf(int number, Node node) {
    var details = new ArrayList<String>();
    for (Value operand : Operands.of(node.op())) {
      String weight = weights.get(operand);
      if (weight != null && !details.contains(weight) && details.size() < 3) details.add(weight);
    }
    int way = 0;
    for (Value operand : Operands.of(node.op())) {
      Hidden before = hidden.getOrDefault(operand, Hidden.NOTHING);
      way = 31 * way + before.hash();
      if (function.of(operand).elem() == Elem.BOOL && !before.numbers().isEmpty()) {
        details.add(
            "mask with " + before.numbers().stream().map(String::valueOf).collect(joining(", ")));
      }
    }
    String result =
        node.results().isEmpty() ? "" : function.of(node.results().getLast()).toString();
    return new Leaf(
        number, title(node.op()), details, result, kind(node.op()), place(node.origin()), way);
  }

  private static String title(Op op) {
    return switch (op) {
      case Fused fused when fused.kind() == FusedKind.REGION -> region(fused);
      case Fused fused -> fused.kind().name().toLowerCase(Locale.ROOT).replace('_', ' ');
      case Dot _ -> "product";
      case Stateful.Append(String state, _, _) -> "append to " + name(state);
      case Stateful.WriteState(String state, _) -> "write " + name(state);
      case Control.Dispatch dispatch -> dispatch.captures().size() + " experts";
      case Control.Scan _ -> "scan over steps";
      default -> Printer.print(op).split("[ \n]", 2)[0];
    };
  }

  /// What a region does, in the order in which it does it: `gather, mul`.
  private static String region(Fused op) {
    List<String> words =
        op.body().nodes().stream()
            .map(Node::op)
            .filter(
                inside ->
                    !(inside instanceof Source
                        || inside instanceof Layout
                        || inside instanceof Elementwise.Cast))
            .map(GraphReader::title)
            .distinct()
            .toList();
    if (words.isEmpty()) return "cast";
    String shown = String.join(", ", words.subList(0, Math.min(LONGEST_REGION, words.size())));
    return words.size() > LONGEST_REGION ? shown + ", .." : shown;
  }

  private static Kind kind(Op op) {
    return switch (op) {
      case Dot _ -> Kind.PRODUCT;
      case Stateful _ -> Kind.STATE;
      case Control.Dispatch _ -> Kind.EXPERTS;
      case Fused fused ->
          switch (fused.kind()) {
            case ATTENTION, CAPPED_ATTENTION, BIASED_ATTENTION, SINKING_ATTENTION, SOFTMAX ->
                Kind.ATTENTION;
            case RMS_NORM, ADD_RMS_NORM, LAYER_NORM, ADD_LAYER_NORM -> Kind.NORM;
            case SILU, GELU, GELU_TANH, SWIGLU, GEGLU, GEGLU_TANH -> Kind.GATE;
            case LINEAR_SILU, LINEAR_GELU, LINEAR_GELU_TANH, LINEAR_RELU -> Kind.PRODUCT;
            case ROTARY -> Kind.ROTARY;
            case REGION, CROSS_ENTROPY -> Kind.OTHER;
          };
      default -> Kind.OTHER;
    };
  }

  /// The line of the model, rather than that of the library.
  private static String place(Origin origin) {
    Origin at = origin;
    while (at.file().startsWith("std/") && at.caller().isPresent()) at = at.caller().get();
    return at.place();
  }

  /// What several layers beside its own use is drawn where all of them meet: tables of angles are
  /// computed in the first layer that needs them, and are no part of it.
  private void hoist() {
    var users = new HashMap<Integer, Set<Integer>>();
    for (Edge edge : edges.values()) {
      users.computeIfAbsent(edge.from(), _ -> new LinkedHashSet<>()).add(edge.to());
    }
    var hoisted = new LinkedHashSet<Integer>();
    for (int number = leaves.size() - 1; number >= 0; number--) {
      Set<Integer> takers = users.getOrDefault(number, Set.of());
      if (!takers.isEmpty() && hoisted.containsAll(takers)) {
        // Of what was hoisted, all that leads there.
        blocks.put(number, blocks.get(takers.iterator().next()));
        hoisted.add(number);
        continue;
      }
      String own = blocks.get(number);
      var layers = new HashMap<String, Set<String>>();
      for (int user : takers) {
        String meeting = common(own, blocks.get(user));
        String layer = below(meeting, blocks.get(user));
        if (meeting.equals(own) || !layer.matches("\\d+")) continue;
        layers.computeIfAbsent(meeting, _ -> new LinkedHashSet<>()).add(layer);
      }
      for (var meeting : layers.entrySet()) {
        if (meeting.getValue().size() < 2) continue;
        blocks.put(number, meeting.getKey());
        hoisted.add(number);
      }
    }
  }

  /// The block in which both lie.
  private static String common(String one, String other) {
    String[] left = one.split("\\.");
    String[] right = other.split("\\.");
    var same = new ArrayList<String>();
    for (int i = 0; i < Math.min(left.length, right.length) && left[i].equals(right[i]); i++) {
      same.add(left[i]);
    }
    return String.join(".", same);
  }

  /// The part of `block` that lies directly in `outer`; empty if it is `outer` itself.
  private static String below(String outer, String block) {
    String rest =
        outer.isEmpty() ? block : block.substring(Math.min(block.length(), outer.length() + 1));
    return rest.split("\\.")[0];
  }

  private static final class Tree {
    private final String path;
    private final Map<String, Tree> children = new LinkedHashMap<>();
    private final List<Object> items = new ArrayList<>();

    Tree(String path) {
      this.path = path;
    }

    Tree child(String segment) {
      return children.computeIfAbsent(
          segment,
          _ -> {
            var child = new Tree(path.isEmpty() ? segment : path + "." + segment);
            items.add(child);
            return child;
          });
    }

    /// Where a child stands, or would.
    int placeOf(String segment) {
      int place = items.indexOf(children.get(segment));
      return place < 0 ? items.size() : place;
    }

    Box box() {
      var built = new ArrayList<Item>();
      for (Object item : items) {
        if (item instanceof Tree tree) built.add(tree.box());
        else built.add((Leaf) item);
      }
      return new Box(path, 1, built, List.of());
    }
  }

  private Box tree() {
    var root = new Tree("");
    for (Leaf leaf : leaves) {
      String block = blocks.get(leaf.number());
      String original = originals.get(leaf.number());
      Tree tree = find(root, block);
      // What was hoisted comes before the layer that computed it.
      int at = block.equals(original) ? tree.items.size() : tree.placeOf(below(block, original));
      tree.items.add(at, leaf);
    }
    return root.box();
  }

  private static Tree find(Tree root, String path) {
    Tree at = root;
    if (!path.isEmpty()) for (String segment : path.split("\\.")) at = at.child(segment);
    return at;
  }
}
