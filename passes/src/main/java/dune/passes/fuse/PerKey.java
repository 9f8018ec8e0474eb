package dune.passes.fuse;

import dune.ir.Contraction;
import dune.ir.Elementwise;
import dune.ir.Indexing;
import dune.ir.Layout;
import dune.ir.Node;
import dune.ir.Operands;
import dune.ir.Source;
import dune.ir.Value;
import dune.ir.dim.Dim;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.Set;

/// What is computed for each key by itself, so that it can be computed for some keys only: masks
/// and biases of attention.
final class PerKey {
  private final Dim keys;
  private final Graph graph;
  private final SequencedSet<Value> operands = new LinkedHashSet<>();
  private final Set<Value> seen = new HashSet<>();

  private PerKey(Dim keys, Graph graph) {
    this.keys = keys;
    this.graph = graph;
  }

  /// What `value` is made of that has no axis of keys, or of which the keys cannot be told apart.
  /// It is the value itself if it is not known how it came about.
  static List<Value> operands(Value value, Dim keys, Graph graph) {
    var walk = new PerKey(keys, graph);
    walk.visit(value);
    return List.copyOf(walk.operands);
  }

  private void visit(Value value) {
    if (!seen.add(value) || graph.find(Source.Constant.class, value).isPresent()) return;
    Optional<Node> node = graph.definition(value).filter(each -> isPerKey(each, value));
    if (node.isEmpty()) operands.add(value);
    else Operands.of(node.get().op()).forEach(this::visit);
  }

  private boolean isPerKey(Node node, Value value) {
    boolean isTold = Operands.of(node.op()).stream().allMatch(each -> count(each) <= 1);
    if (!isTold || count(value) != 1) return false;
    return switch (node.op()) {
      case Elementwise _, Layout.Broadcast _, Layout.Permute _ -> true;
      case Layout.Reshape reshape -> keepsKeys(reshape);
      case Source.Iota _, Source.Fill _ -> true;
      case Indexing.Gather gather -> !hasKeys(gather.indices());
      case Contraction.Dot dot -> !(hasKeys(dot.lhs()) && hasKeys(dot.rhs()));
      default -> false;
    };
  }

  private boolean hasKeys(Value value) {
    return axis(value) >= 0;
  }

  /// How many axes of keys a value has.
  private long count(Value value) {
    return graph.type(value).shape().dims().stream().filter(keys::equals).count();
  }

  private int axis(Value value) {
    return graph.type(value).shape().dims().indexOf(keys);
  }

  /// Whether what stands before the keys has as many elements afterwards.
  private boolean keepsKeys(Layout.Reshape reshape) {
    int before = axis(reshape.x());
    int after = reshape.shape().dims().indexOf(keys);
    return before >= 0
        && Dim.product(graph.type(reshape.x()).shape().dims().subList(0, before))
            .equals(Dim.product(reshape.shape().dims().subList(0, after)));
  }
}
