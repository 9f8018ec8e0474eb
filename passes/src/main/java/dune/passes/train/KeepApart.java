package dune.passes.train;

import dune.ir.Contraction.Dot;
import dune.ir.Contraction.Reduce;
import dune.ir.Contraction.Top;
import dune.ir.Control;
import dune.ir.Elementwise.Binary;
import dune.ir.Elementwise.BinaryKind;
import dune.ir.Elementwise.Select;
import dune.ir.Function;
import dune.ir.FunctionBuilder;
import dune.ir.Indexing.Gather;
import dune.ir.Layout;
import dune.ir.Layout.Broadcast;
import dune.ir.Node;
import dune.ir.Op;
import dune.ir.Operands;
import dune.ir.Origin;
import dune.ir.Program;
import dune.ir.Shape;
import dune.ir.Source.Constant;
import dune.ir.Source.Fill;
import dune.ir.Type;
import dune.ir.Value;
import dune.ir.dim.Dim;
import dune.passes.rewrite.FunctionCopy;
import dune.passes.rewrite.Substitution;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/// `select(allowed, scores, -inf) -> select(and(allowed, same), scores, -inf)`
///
/// where `same` says whether query and key are steps of one document: `documents: int[B, T]`, a new
/// input behind the tokens, numbers the documents of each row. So rows can hold several, and none
/// sees another.
///
/// Holds where nothing but masked attention goes from step to step, which is looked for and
/// otherwise refused. Positions go on from one document of a row to the next.
public final class KeepApart implements FunctionCopy.Verbatim {
  public static final String DOCUMENTS = "documents";

  private final Function function;
  private final Value documents;
  private final Dim rows;
  private final Dim steps;

  /// The nodes that mask scores.
  private final Set<Node> masks = new HashSet<>();

  /// What depends on masked scores alone along the axes of steps.
  private final Set<Value> masked = new HashSet<>();

  private final Map<Value, Node> definitions = new HashMap<>();

  /// Something else than masked attention goes from step to step.
  public static final class Impossible extends RuntimeException {
    private static final long serialVersionUID = 1;

    Impossible(String message) {
      super(message);
    }
  }

  private KeepApart(Function function, Value documents) {
    this.function = function;
    this.documents = documents;
    Type tokens = function.inputs().getFirst().type();
    this.rows = tokens.dim(0);
    this.steps = tokens.dim(1);
    for (Node node : function.nodes()) {
      node.results().forEach(result -> definitions.put(result, node));
      visit(node);
    }
    if (masks.isEmpty()) throw cannot("it has no masked attention");
  }

  /// @param program whose function `loss` takes `tokens` alone
  /// @throws Impossible if documents cannot be kept apart; the message says why
  public static Program apply(Program program) {
    Function given = program.require(LossDerivation.FUNCTION);
    var types = new ArrayList<>(given.types());
    var documents = new Value(types.size());
    Type tokens = given.inputs().getFirst().type();
    types.add(tokens);
    var inputs = new ArrayList<>(given.inputs());
    inputs.add(new Function.Input(DOCUMENTS, documents, tokens));
    var wider =
        new Function(
            given.name(),
            inputs,
            given.dims(),
            given.nodes(),
            given.outputs(),
            given.penalties(),
            types);
    Function apart = FunctionCopy.copy(wider, Substitution.NONE, new KeepApart(wider, documents));
    return new Program(
        program.name(),
        program.weights(),
        program.states(),
        program.functions().stream()
            .map(each -> each.name().equals(given.name()) ? apart : each)
            .toList());
  }

  private void visit(Node node) {
    Op op = node.op();
    if (op instanceof Select(_, _, var otherwise) && isMask(node) && isNothing(otherwise)) {
      masks.add(node);
      masked.add(node.result());
      return;
    }
    if (mixes(op)) throw cannot("`%s` goes from step to step".formatted(name(op)), node.origin());
    boolean passes = !(op instanceof Dot) && !(op instanceof Control);
    if (passes && Operands.of(op).stream().anyMatch(masked::contains)) {
      masked.addAll(node.results());
    }
  }

  private static String name(Op op) {
    return op.getClass().getSimpleName().toLowerCase(java.util.Locale.ROOT);
  }

  /// Scores of a row, of steps against steps.
  private boolean isMask(Node node) {
    Type type = function.of(node.result());
    return axes(type, steps).size() == 2 && axes(type, rows).size() == 1;
  }

  private static List<Integer> axes(Type type, Dim dim) {
    return IntStream.range(0, type.rank()).filter(i -> type.dim(i).equals(dim)).boxed().toList();
  }

  private boolean isNothing(Value value) {
    Node node = definitions.get(value);
    if (node == null) return false;
    return switch (node.op()) {
      case Constant(double number, _) -> number == Double.NEGATIVE_INFINITY;
      case Fill(double number, _) -> number == Double.NEGATIVE_INFINITY;
      case Broadcast(var x, _, _) -> isNothing(x);
      default -> false;
    };
  }

  /// Whether what happens at one step depends on others, as it does not where scores are masked.
  private boolean mixes(Op op) {
    return switch (op) {
      case Control.Scan _ -> true;
      case Control.Dispatch _, Control.Fused _ -> false;
      case Dot dot ->
          dot.lhsSum().stream().anyMatch(axis -> isSteps(dot.lhs(), axis))
              && !masked.contains(dot.lhs())
              && !masked.contains(dot.rhs())
              && varies(dot);
      case Reduce(_, var x, var sums) ->
          sums.stream().anyMatch(axis -> isSteps(x, axis)) && !masked.contains(x) && varies(op);
      case Top(var x, _) -> isSteps(x, function.of(x).rank() - 1);
      case Gather gather -> isSteps(gather.x(), gather.axis()) && varies(op);
      case Layout.Slice slice -> isSteps(slice.x(), slice.axis()) && varies(op);
      case Layout.Concat(var parts, var axis) ->
          parts.stream().anyMatch(part -> isSteps(part, axis)) && varies(op);
      default -> false;
    };
  }

  /// Whether rows differ in what it reads: what is the same for all comes of no document.
  private boolean varies(Op op) {
    return Operands.of(op).stream()
        .anyMatch(operand -> !axes(function.of(operand), rows).isEmpty());
  }

  private boolean isSteps(Value value, int axis) {
    return function.of(value).dim(axis).equals(steps);
  }

  private static Impossible cannot(String reason) {
    return new Impossible("documents cannot share rows of this model: " + reason);
  }

  private static Impossible cannot(String reason, Origin origin) {
    return cannot(origin.equals(Origin.NONE) ? reason : reason + " (" + origin + ")");
  }

  @Override
  public Optional<List<Value>> replace(
      Node before, FunctionCopy.Copies copies, FunctionBuilder into) {
    if (!masks.contains(before)) return Optional.empty();
    var select = (Select) before.op();
    Origin origin = before.origin();
    Type type = function.of(before.result());
    Value number = copies.of(documents);
    Shape pairs = new Shape(List.of(rows, steps, steps));
    Value queries = into.emit(new Broadcast(number, pairs, List.of(0, 1)), origin);
    Value keys = into.emit(new Broadcast(number, pairs, List.of(0, 2)), origin);
    Value same = into.emit(new Binary(BinaryKind.EQ, queries, keys), origin);
    var places = new ArrayList<>(axes(type, rows));
    places.addAll(axes(type, steps));
    Value wide = into.emit(new Broadcast(same, type.shape(), places), origin);
    Value condition = copies.of(select.condition());
    if (into.of(condition).rank() == 0) {
      condition = into.emit(new Broadcast(condition, type.shape(), List.of()), origin);
    }
    Value both = into.emit(new Binary(BinaryKind.AND, condition, wide), origin);
    return Optional.of(
        List.of(
            into.emit(
                new Select(both, copies.of(select.then()), copies.of(select.otherwise())),
                origin)));
  }
}
