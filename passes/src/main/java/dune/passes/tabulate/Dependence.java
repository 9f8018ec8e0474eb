package dune.passes.tabulate;

import dune.ir.Contraction;
import dune.ir.Contraction.Reduce;
import dune.ir.Control;
import dune.ir.Elem;
import dune.ir.Elementwise;
import dune.ir.Elementwise.Binary;
import dune.ir.Elementwise.BinaryKind;
import dune.ir.Elementwise.Unary;
import dune.ir.Function;
import dune.ir.Indexing.Gather;
import dune.ir.Layout;
import dune.ir.Layout.Broadcast;
import dune.ir.Layout.Concat;
import dune.ir.Layout.Permute;
import dune.ir.Layout.Reshape;
import dune.ir.Layout.Slice;
import dune.ir.Node;
import dune.ir.Op;
import dune.ir.Operands;
import dune.ir.Shape;
import dune.ir.Source;
import dune.ir.Stateful;
import dune.ir.Type;
import dune.ir.Value;
import dune.ir.dim.Dim;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/// What the values of a function depend on: on nothing, on one position for each of their leading
/// indices, or on more.
///
/// A value *follows* positions `p: int[B, T]` if it is `[B, T, ..]`, all further sizes are numbers,
/// and what stands at an index is computed from `p` at this index and from what is known.
final class Dependence {
  /// The names that the axes of positions have: there is one for each step of a call. Of the
  /// distances between steps and keys there are far more than a table has rows.
  private static final Set<String> AXES = Set.of("B", "T");

  private final Function function;
  private final long capacity;
  private final Ranges ranges;
  private final Map<Value, Node> definitions = new HashMap<>();

  /// What depends on nothing.
  private final Set<Value> known = new HashSet<>();

  /// By value, the positions that it follows. Positions follow themselves.
  private final Map<Value, Value> positions = new HashMap<>();

  /// What follows positions by way of something that is worth a table.
  private final Set<Value> costly = new HashSet<>();

  Dependence(Function function, long capacity) {
    this.function = function;
    this.capacity = capacity;
    ranges = new Ranges(function, capacity);
    for (Node node : function.nodes()) {
      if (node.results().size() == 1) visit(node);
    }
  }

  Node definition(Value value) {
    return definitions.get(value);
  }

  boolean isKnown(Value value) {
    return known.contains(value);
  }

  /// The positions that a value follows, if it is not these positions themselves.
  Optional<Value> positions(Value value) {
    return Optional.ofNullable(positions.get(value)).filter(found -> !found.equals(value));
  }

  /// Whether a value follows positions, and computing it costs more than looking it up.
  boolean isCostly(Value value) {
    return costly.contains(value);
  }

  /// How many axes positions have.
  int axes(Value positions) {
    return function.of(positions).rank();
  }

  private void visit(Node node) {
    Value result = node.result();
    definitions.put(result, node);
    if (isKnown(node)) {
      known.add(result);
      return;
    }
    List<Value> followed =
        Operands.of(node.op()).stream()
            .map(positions::get)
            .filter(Objects::nonNull)
            .distinct()
            .toList();
    if (followed.size() == 1 && follows(node.op(), result, followed.getFirst())) {
      positions.put(result, followed.getFirst());
      boolean before = Operands.of(node.op()).stream().anyMatch(costly::contains);
      if (before || isCostly(node.op())) costly.add(result);
    } else if (isPosition(result)) {
      positions.put(result, result);
    }
  }

  private boolean isKnown(Node node) {
    boolean fixed =
        switch (node.op()) {
          case Source.Weight _, Source.Prepared _, Source.Random _, Source.Position _ -> false;
          case Source.Size(Dim dim, _) -> dim.size().isPresent();
          case Slice(_, _, Dim start, _, _) -> start.size().isPresent();
          case Source _, Elementwise _, Contraction _, Gather _ -> true;
          case Layout.History _ -> false;
          case Layout _ -> true;
          case Control _, Stateful _ -> false;
        };
    return fixed
        && areNumbers(function.of(node.result()).shape().dims())
        && known.containsAll(Operands.of(node.op()));
  }

  private boolean isPosition(Value value) {
    Type type = function.of(value);
    Ranges.Range range = ranges.of(value);
    return type.elem() == Elem.INT
        && type.rank() > 0
        && type.shape().dims().stream()
            .allMatch(dim -> dim.name().filter(AXES::contains).isPresent())
        && range.low() >= 0
        && range.high() <= capacity - 1;
  }

  private static boolean areNumbers(List<Dim> dims) {
    return dims.stream().allMatch(dim -> dim.size().isPresent());
  }

  /// Whether the result of an operation, of whose operands some follow `places` and no others
  /// follow anything, follows them as well.
  private boolean follows(Op op, Value result, Value places) {
    Shape lead = function.of(places).shape();
    return leads(lead, function.of(result).shape())
        && Operands.of(op).stream().allMatch(operand -> fits(operand, lead))
        && keepsLead(op, lead);
  }

  /// Whether a shape begins with another one, and all its other sizes are numbers.
  private static boolean leads(Shape lead, Shape shape) {
    return shape.rank() >= lead.rank()
        && shape.dims().subList(0, lead.rank()).equals(lead.dims())
        && areNumbers(shape.dims().subList(lead.rank(), shape.rank()));
  }

  private boolean fits(Value operand, Shape lead) {
    return known.contains(operand) || positions.containsKey(operand) || repeats(operand, lead);
  }

  /// Whether a value is something known, repeated along the axes of `lead`.
  private boolean repeats(Value value, Shape lead) {
    Node node = definitions.get(value);
    if (node == null || !leads(lead, function.of(value).shape())) return false;
    return switch (node.op()) {
      case Source.Fill _ -> true;
      case Broadcast(Value x, _, List<Integer> axes) ->
          known.contains(x) && axes.stream().allMatch(axis -> axis >= lead.rank());
      case Op _ -> false;
    };
  }

  /// Whether an operation leaves the axes of `lead` alone. Operands that are known have none of
  /// them.
  private boolean keepsLead(Op op, Shape lead) {
    int rank = lead.rank();
    return switch (op) {
      case Elementwise _ ->
          Operands.of(op).stream().allMatch(x -> !known.contains(x) || function.of(x).rank() == 0);
      case Broadcast(Value x, _, List<Integer> axes) ->
          !known.contains(x)
              && axes.subList(0, rank).equals(IntStream.range(0, rank).boxed().toList());
      case Reshape(Value x, _) -> leads(lead, function.of(x).shape());
      case Permute(_, List<Integer> order) ->
          order.subList(0, rank).equals(IntStream.range(0, rank).boxed().toList());
      case Slice(_, int axis, Dim start, _, _) -> axis >= rank && start.size().isPresent();
      case Concat(List<Value> parts, int axis) ->
          axis >= rank && parts.stream().noneMatch(known::contains);
      case Reduce(_, _, List<Integer> axes) -> axes.stream().allMatch(axis -> axis >= rank);
      case Gather(Value x, Value indices, int axis, int batch) ->
          known.contains(x) && !known.contains(indices) && axis == 0 && batch == 0;
      case Source _, Contraction _, Layout.History _, Control _, Stateful _ -> false;
    };
  }

  /// Whether it takes more than a few instructions per number.
  private static boolean isCostly(Op op) {
    return switch (op) {
      case Unary(var kind, _) ->
          switch (kind) {
            case EXP, LOG, SIN, COS, TANH, ERF -> true;
            case NEG, ABS, SQRT, RSQRT, FLOOR, CEIL, NOT, STOP_GRADIENT -> false;
          };
      case Binary(var kind, _, _) -> kind == BinaryKind.POW;
      case Op _ -> false;
    };
  }
}
