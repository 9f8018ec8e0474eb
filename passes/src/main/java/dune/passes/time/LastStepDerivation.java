package dune.passes.time;

import dune.ir.Control;
import dune.ir.Elem;
import dune.ir.Elementwise;
import dune.ir.Elementwise.Binary;
import dune.ir.Elementwise.BinaryKind;
import dune.ir.Function;
import dune.ir.FunctionBuilder;
import dune.ir.Indexing;
import dune.ir.Layout;
import dune.ir.Node;
import dune.ir.Op;
import dune.ir.Operands;
import dune.ir.Origin;
import dune.ir.Shape;
import dune.ir.Source;
import dune.ir.Value;
import dune.passes.rewrite.FunctionCopy;
import dune.passes.rewrite.Liveness;
import dune.passes.rewrite.Substitution;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Builds `next` from `step`: only the results at the last real step of each row, `count - 1`.
///
/// What only that step needs is computed for it alone, back to where other steps need it too: the
/// head, and in the last layer all but keys and values.
final class LastStepDerivation implements FunctionCopy.Emitter {
  private final Function step;
  private final Axes axes;
  private final Map<Value, Node> definitions = new HashMap<>();
  private final Set<Value> lastOnly = new HashSet<>();

  /// By value of all steps, what stands for its last.
  private final Map<Value, Value> picks = new HashMap<>();

  /// The input `count` of the copy. Inputs come first in every function, in order.
  private final Value count;

  private LastStepDerivation(Function step) {
    this.step = step;
    this.axes = Axes.of(step);
    for (Node node : step.nodes()) {
      for (Value result : node.results()) definitions.put(result, node);
    }
    int index = step.inputs().stream().map(Function.Input::name).toList().indexOf("count");
    this.count = new Value(index);
  }

  /// @param step a function that continues, with the input `count`
  static Function derive(Function step) {
    var derivation = new LastStepDerivation(step);
    derivation.collectLastOnly();
    return FunctionCopy.copy(step, "next", step.dims(), Substitution.NONE, derivation);
  }

  /// Walks from the results back, through operations that do not mix steps, as long as no other
  /// step is asked for.
  private void collectLastOnly() {
    Liveness liveness = Liveness.of(step);
    var whole = new HashSet<Value>();
    for (Node node : step.nodes().reversed()) {
      if (!liveness.isLive(node)) continue;
      boolean droppable =
          node.results().stream().noneMatch(whole::contains)
              && node.results().stream().allMatch(this::hasSteps)
              && !node.results().isEmpty()
              && Operands.of(node.op()).stream().allMatch(this::canBePicked)
              && StepDrop.isPossible(node.op(), step);
      if (droppable) lastOnly.addAll(node.results());
      else whole.addAll(Operands.of(node.op()));
    }
  }

  private boolean hasSteps(Value value) {
    return Axes.hasSteps(step.of(value).shape());
  }

  /// Which step is the last depends on the row.
  private boolean canBePicked(Value value) {
    Shape shape = step.of(value).shape();
    return !Axes.hasSteps(shape) || Axes.rows(shape).isPresent();
  }

  @Override
  public Optional<List<Value>> replace(
      Node before, FunctionCopy.Copies copies, FunctionBuilder into) {
    if (before.op() instanceof Control
        || before.results().isEmpty()
        || !lastOnly.containsAll(before.results())) {
      return Optional.empty();
    }
    return Optional.of(ofLast(before, copies, into));
  }

  /// A node for the last step alone.
  private List<Value> ofLast(Node before, FunctionCopy.Copies copies, FunctionBuilder into) {
    Op op = Operands.map(before.op(), value -> last(value, before.origin(), copies, into));
    return into.emitAll(StepDrop.drop(op, before.op(), step), before.origin());
  }

  /// The last step of a value, or all of it if it has no steps.
  private Value last(Value value, Origin origin, FunctionCopy.Copies copies, FunctionBuilder into) {
    if (!hasSteps(value) || lastOnly.contains(value)) return copies.of(value);
    Value known = picks.get(value);
    if (known != null) return known;
    Value picked =
        isMadeAgain(value)
            ? ofLast(definitions.get(value), copies, into).getFirst()
            : pick(copies.of(value), origin, into);
    picks.put(value, picked);
    return picked;
  }

  /// Whether a value is made again for one step. What has numbers for each key, as masks have, is
  /// small then, and made of what is smaller.
  private boolean isMadeAgain(Value value) {
    Node node = definitions.get(value);
    return node != null
        && (node.op() instanceof Elementwise || node.op() instanceof Layout)
        && axes.hasKeys(step.of(value).shape())
        && StepDrop.isPossible(node.op(), step)
        && Operands.of(node.op()).stream().allMatch(each -> canBePicked(each) || isMadeAgain(each));
  }

  @Override
  public List<Value> emit(Op op, Node before, FunctionBuilder into) {
    if (!lastOnly.containsAll(before.results()) || before.results().isEmpty()) {
      return into.emitAll(op, before.origin());
    }
    var picked = new ArrayList<Value>();
    List<Value> olds = Operands.of(before.op());
    List<Value> news = Operands.of(op);
    for (int i = 0; i < news.size(); i++) {
      boolean isWhole = i < olds.size() && hasSteps(olds.get(i)) && !lastOnly.contains(olds.get(i));
      picked.add(isWhole ? pick(news.get(i), before.origin(), into) : news.get(i));
    }
    Iterator<Value> next = picked.iterator();
    Op onPicked = Operands.map(op, _ -> next.next());
    return into.emitAll(StepDrop.drop(onPicked, before.op(), step), before.origin());
  }

  @Override
  public Value output(Value before, FunctionCopy.Copies copies, FunctionBuilder into) {
    Value after = copies.of(before);
    boolean isWhole = hasSteps(before) && !lastOnly.contains(before);
    if (!isWhole || !canBePicked(before)) return after;
    Origin origin = into.definition(after).map(Node::origin).orElse(Origin.NONE);
    return pick(after, origin, into);
  }

  /// The last real step of a value of all steps: `[.., B, .., T, ..]` without `T`.
  private Value pick(Value value, Origin origin, FunctionBuilder into) {
    var lift = new RowLift(into, origin);
    Shape shape = into.of(value).shape();
    int rows = Axes.rows(shape).orElseThrow();
    int steps = Axes.steps(shape).orElseThrow();
    Value fronted = lift.moved(value, rows, 0);
    int axis = Axes.steps(into.of(fronted).shape()).orElseThrow();
    Value picked = into.emit(new Indexing.Gather(fronted, last(origin, into), axis, 1), origin);
    return lift.moved(picked, 0, steps < rows ? rows - 1 : rows);
  }

  /// A row without real steps has none; its first stands for it.
  private Value last(Origin origin, FunctionBuilder into) {
    Value one = into.emit(new Source.Constant(1, Elem.INT), origin);
    Value zero = into.emit(new Source.Constant(0, Elem.INT), origin);
    Value last = into.emit(new Binary(BinaryKind.SUB, count, one), origin);
    return into.emit(new Binary(BinaryKind.MAX, last, zero), origin);
  }
}
