package dune.passes.fuse;

import dune.ir.Control.Fused;
import dune.ir.Control.FusedKind;
import dune.ir.Elementwise.Binary;
import dune.ir.Elementwise.BinaryKind;
import dune.ir.Elementwise.Unary;
import dune.ir.Elementwise.UnaryKind;
import dune.ir.Function;
import dune.ir.FunctionBuilder;
import dune.ir.Layout;
import dune.ir.Layout.Slice;
import dune.ir.Node;
import dune.ir.Op;
import dune.ir.Origin;
import dune.ir.Region;
import dune.ir.Shape;
import dune.ir.Type;
import dune.ir.Value;
import dune.ir.dim.Dim;
import dune.passes.pass.Observer;
import dune.passes.pass.Remark;
import dune.passes.rewrite.FunctionCopy;
import dune.passes.rewrite.Substitution;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Turns queries and keys at once, where they lie side by side in one joined product and turn by
/// the same angles.
final class Turns {
  /// Of `[.., heads, 2, N]` or `[.., heads, N, 2]`, counted from the end.
  private static final int HEADS = 3;

  private Turns() {}

  /// A rotation of heads that are cut out of the last axis of a tensor.
  ///
  /// @param cut where they are cut out
  /// @param heads how many
  private record Turn(Node node, Fused op, Slice cut, long heads) {
    long start() {
      return cut.start().size().orElseThrow();
    }

    long end() {
      return start() + cut.size().size().orElseThrow();
    }
  }

  /// What turns have in common that can be one.
  ///
  /// @param pair the axes behind the heads
  /// @param axis the one of them whose halves change places
  /// @param cosAxes where the axes of `cos` stand
  private record Key(
      Value from,
      Value cos,
      List<Integer> cosAxes,
      Value sin,
      List<Integer> sinAxes,
      List<Dim> pair,
      int axis) {}

  static Function merge(Function function, Observer observer) {
    var graph = new Graph(function);
    var together = new LinkedHashMap<Key, List<Turn>>();
    for (Node node : function.nodes()) {
      turn(node, graph)
          .ifPresent(
              turn -> together.computeIfAbsent(key(turn, graph), _ -> new ArrayList<>()).add(turn));
    }
    var merged = new HashMap<Node, List<Turn>>();
    for (List<Turn> turns : together.values()) {
      turns.sort(Comparator.comparing(Turn::start));
      if (turns.size() < 2 || !areNeighbours(turns)) continue;
      turns.forEach(turn -> merged.put(turn.node(), turns));
      Origin origin = turns.getFirst().node().origin();
      observer.fired(Fuse.NEIGHBOURS, origin);
      observer.remarked(
          new Remark(Fuse.PASS, origin, "turned %d neighbours at once".formatted(turns.size())));
    }
    if (merged.isEmpty()) return function;
    Function turned = FunctionCopy.copy(function, Substitution.NONE, new Rewrite(merged, graph));
    // Nothing needs the cuts any more.
    return FunctionCopy.copy(turned, Substitution.NONE, FunctionCopy.VERBATIM);
  }

  private static Key key(Turn turn, Graph graph) {
    List<Dim> dims = graph.type(turn.op().operands().getFirst()).shape().dims();
    return new Key(
        turn.cut().x(),
        turn.op().operands().get(1),
        axes(turn.op(), 1).orElseThrow(),
        turn.op().operands().get(2),
        axes(turn.op(), 2).orElseThrow(),
        dims.subList(dims.size() - 2, dims.size()),
        axis(turn.op()));
  }

  private static Optional<Turn> turn(Node node, Graph graph) {
    if (!(node.op() instanceof Fused op) || op.kind() != FusedKind.ROTARY) return Optional.empty();
    Value x = op.operands().getFirst();
    Optional<Slice> cut =
        graph
            .find(Layout.Reshape.class, x)
            .flatMap(reshape -> graph.find(Slice.class, reshape.x()))
            .filter(slice -> slice.axis() == graph.type(slice.x()).rank() - 1)
            .filter(slice -> slice.step() == 1)
            .filter(slice -> splitsLast(slice, x, graph))
            .filter(_ -> isSharedByHeads(op, graph.type(x).rank() - HEADS));
    return cut.filter(slice -> slice.start().size().isPresent())
        .map(slice -> new Turn(node, op, slice, heads(x, graph)));
  }

  /// Whether `x` splits the last axis of a slice, in numbers, and leaves the others.
  private static boolean splitsLast(Slice slice, Value x, Graph graph) {
    List<Dim> dims = graph.type(x).shape().dims();
    List<Dim> whole = graph.type(slice.x()).shape().dims();
    int lead = whole.size() - 1;
    return dims.size() == lead + HEADS
        && dims.subList(0, lead).equals(whole.subList(0, lead))
        && dims.subList(lead, dims.size()).stream().allMatch(dim -> dim.size().isPresent());
  }

  /// Whether each head turns in itself, and all by the same angles.
  private static boolean isSharedByHeads(Fused op, int heads) {
    return axis(op) > heads
        && axes(op, 1).filter(axes -> !axes.contains(heads)).isPresent()
        && axes(op, 2).filter(axes -> !axes.contains(heads)).isPresent();
  }

  /// The axis whose halves change places.
  private static int axis(Fused op) {
    return ops(op, Layout.Concat.class).findFirst().orElseThrow().axis();
  }

  /// Where the axes of an operand stand, if the body repeats it.
  private static Optional<List<Integer>> axes(Fused op, int operand) {
    Value argument = op.body().arguments().get(operand);
    return ops(op, Layout.Broadcast.class)
        .filter(broadcast -> broadcast.x().equals(argument))
        .map(Layout.Broadcast::axes)
        .findFirst();
  }

  private static <O extends Op> Stream<O> ops(Fused op, Class<O> kind) {
    return op.body().nodes().stream().map(Node::op).filter(kind::isInstance).map(kind::cast);
  }

  private static long heads(Value x, Graph graph) {
    return graph.type(x).dim(graph.type(x).rank() - HEADS).size().orElseThrow();
  }

  private static boolean areNeighbours(List<Turn> turns) {
    for (int i = 1; i < turns.size(); i++) {
      if (turns.get(i - 1).end() != turns.get(i).start()) return false;
    }
    return true;
  }

  private static final class Rewrite implements FunctionCopy.Verbatim {
    private final Map<Node, List<Turn>> merged;
    private final Graph graph;
    private final Map<List<Turn>, Value> done = new HashMap<>();

    Rewrite(Map<Node, List<Turn>> merged, Graph graph) {
      this.merged = merged;
      this.graph = graph;
    }

    @Override
    public Optional<List<Value>> replace(
        Node before, FunctionCopy.Copies copies, FunctionBuilder into) {
      List<Turn> turns = merged.get(before);
      if (turns == null) return Optional.empty();
      Value turned = done.computeIfAbsent(turns, _ -> turned(turns, copies, into));
      int axis = into.of(turned).rank() - HEADS;
      long start = 0;
      for (Turn turn : turns) {
        if (turn.node().equals(before)) {
          Slice part = new Slice(turned, axis, Dim.of(start), Dim.of(turn.heads()), 1);
          return Optional.of(List.of(into.emit(part, before.origin())));
        }
        start += turn.heads();
      }
      throw new IllegalStateException(before + " is not among its own turns");
    }

    private Value turned(List<Turn> turns, FunctionCopy.Copies copies, FunctionBuilder into) {
      Turn first = turns.getFirst();
      Origin origin = first.node().origin();
      Value from = copies.of(first.cut().x());
      int last = first.cut().axis();
      Dim width = Dim.of(turns.getLast().end() - first.start());
      Value cut = into.emit(new Slice(from, last, first.cut().start(), width, 1), origin);
      var dims = new ArrayList<>(graph.type(first.op().operands().getFirst()).shape().dims());
      dims.set(last, Dim.of(turns.stream().mapToLong(Turn::heads).sum()));
      Value x = into.emit(new Layout.Reshape(cut, new Shape(dims)), origin);
      List<Value> operands =
          List.of(
              x, copies.of(first.op().operands().get(1)), copies.of(first.op().operands().get(2)));
      return into.emit(
          new Fused(FusedKind.ROTARY, operands, body(first.op(), operands, into)), origin);
    }

    /// A body like that of `op` for more heads.
    private static Region body(Fused like, List<Value> operands, FunctionBuilder into) {
      FunctionBuilder body = into.region(operands.stream().map(into::of).toList());
      Origin origin = like.body().nodes().getLast().origin();
      Value x = body.arguments().getFirst();
      Type type = body.of(x);
      int axis = axis(like);
      Dim half = Dim.of(type.dim(axis).size().orElseThrow() / 2);
      Value a = body.emit(new Slice(x, axis, Dim.ZERO, half, 1), origin);
      Value b = body.emit(new Slice(x, axis, half, half, 1), origin);
      Value negated = body.emit(new Unary(UnaryKind.NEG, b), origin);
      Value swapped = body.emit(new Layout.Concat(List.of(negated, a), axis), origin);
      Value cos = widened(like, 1, type, body, origin);
      Value sin = widened(like, 2, type, body, origin);
      Value straight = body.emit(new Binary(BinaryKind.MUL, x, cos), origin);
      Value turned = body.emit(new Binary(BinaryKind.MUL, swapped, sin), origin);
      Value sum = body.emit(new Binary(BinaryKind.ADD, straight, turned), origin);
      return body.buildRegion(List.of(sum));
    }

    /// An argument, repeated as the body of `like` repeats it.
    private static Value widened(
        Fused like, int operand, Type type, FunctionBuilder body, Origin origin) {
      Value own = body.arguments().get(operand);
      List<Integer> axes = axes(like, operand).orElseThrow();
      return body.emit(new Layout.Broadcast(own, type.shape(), axes), origin);
    }
  }
}
