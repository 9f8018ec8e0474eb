package dune.passes.time;

import dune.ir.Contraction;
import dune.ir.Control;
import dune.ir.Elem;
import dune.ir.Elementwise;
import dune.ir.Function;
import dune.ir.Indexing;
import dune.ir.Layout;
import dune.ir.Node;
import dune.ir.Op;
import dune.ir.Operands;
import dune.ir.Origin;
import dune.ir.Shape;
import dune.ir.Source;
import dune.ir.Stateful;
import dune.ir.Type;
import dune.ir.Value;
import dune.ir.dim.Dim;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Finds out whether a `forward` can be continued step by step, and what must be kept for that.
///
/// A value is *now* if it has the axis `T`, *past* if it has a key axis, a *pair* with both, else
/// constant. Operations that do not cross steps may do anything. Steps may meet in three ways only:
/// a renaming `[T -> S]`, which becomes a cache; a sum over the keys of a pair that counts no key
/// after its query (see {@link Masked}); a scan along `T`. Everything else is a {@link Reason}.
final class TimeAnalysis {
  private final Function function;
  private final Axes axes;
  private final FactRules facts;
  private final Set<Value> used = new HashSet<>();
  private final Map<Value, Value> groups = new HashMap<>();
  private final List<Map.Entry<Value, Reach>> looks = new ArrayList<>();
  private final Map<String, Reason> reasons = new LinkedHashMap<>();

  /// The blocks whose masks are reported already. There is a reason then, so that what the analysis
  /// finds besides is not used.
  private final Set<String> blamed = new HashSet<>();

  private TimeAnalysis(Function function) {
    this.function = function;
    this.axes = Axes.of(function);
    this.facts = new FactRules(function, axes);
  }

  /// @param function a `forward` without dead operations and without penalties
  static CachePlan analyse(Function function) {
    return new TimeAnalysis(function).run();
  }

  private CachePlan run() {
    function.outputs().forEach(output -> used.add(output.value()));
    function.nodes().forEach(this::collectUses);
    function.nodes().forEach(this::visit);
    for (Function.Output output : function.outputs()) {
      if (axes.hasKeys(function.of(output.value()).shape())) {
        refuse(Origin.NONE, "the result `" + output.name() + "` ranges over all steps so far");
      }
    }
    return new CachePlan(axes, List.copyOf(reasons.values()), reaches());
  }

  private void collectUses(Node node) {
    used.addAll(Operands.of(node.op()));
    if (node.op() instanceof Control control) {
      used.addAll(control.body().results());
      control.body().nodes().forEach(this::collectUses);
    }
  }

  private Map<Value, Reach> reaches() {
    var byGroup = new HashMap<Value, Reach>();
    for (Map.Entry<Value, Reach> look : looks) {
      byGroup.merge(group(look.getKey()), look.getValue(), Reach::join);
    }
    var reaches = new HashMap<Value, Reach>();
    for (Node node : function.nodes()) {
      for (Value value : node.results()) {
        facts
            .of(value)
            .cached()
            .ifPresent(
                cached ->
                    reaches.put(
                        value, byGroup.getOrDefault(group(cached), new Reach.Everything())));
      }
    }
    return reaches;
  }

  private void visit(Node node) {
    boolean strange =
        Operands.of(node.op()).stream()
            .anyMatch(operand -> !axes.isRegular(function.of(operand).shape()));
    // What follows from an operation that is reported already is not reported again.
    Optional<String> problem = strange ? Optional.empty() : problem(node);
    problem.ifPresent(text -> refuse(node.origin(), text));
    Optional<Value> cached = cache(node);
    if (node.results().size() == 1) {
      Facts known = problem.isPresent() ? Facts.NONE : facts.infer(node.op());
      facts.put(node.result(), known.with(onKeys(node.result(), cached)));
    } else {
      for (Value result : node.results()) {
        facts.put(result, Facts.NONE.with(onKeys(result, cached)));
      }
    }
  }

  /// The cache on whose slots the operation works; all that meet in it are laid out alike.
  private Optional<Value> cache(Node node) {
    if (node.op() instanceof Layout.History) return Optional.of(node.result());
    Optional<Value> cached = Optional.empty();
    for (Value operand : Operands.of(node.op())) {
      Optional<Value> own = facts.of(operand).cached();
      if (own.isPresent() && cached.isPresent()) {
        groups.put(group(own.get()), group(cached.get()));
      }
      cached = cached.or(() -> own);
    }
    return cached;
  }

  private Optional<Value> onKeys(Value result, Optional<Value> cached) {
    return axes.hasKeys(function.of(result).shape()) ? cached : Optional.empty();
  }

  private Value group(Value cached) {
    Value parent = groups.getOrDefault(cached, cached);
    return parent.equals(cached) ? cached : group(parent);
  }

  private void refuse(Origin origin, String text) {
    reasons.putIfAbsent(origin.place() + text, new Reason(origin, text));
  }

  /// What is wrong with one operation, as its author understands it.
  private Optional<String> problem(Node node) {
    Optional<String> specific =
        switch (node.op()) {
          case Contraction.Reduce reduce -> reduce(node, reduce);
          case Contraction.Dot dot -> dot(node, dot);
          case Contraction.Top(Value x, _) -> top(x);
          case Layout layout -> layout(layout);
          case Indexing.Gather gather -> gather(gather);
          case Source source -> source(source);
          case Control.Scan scan -> scan(node, scan);
          case Control.Dispatch dispatch when dispatch.shares().isEmpty() -> dispatch(dispatch);
          case Control.Dispatch _, Control.Fused _ ->
              Optional.of("is fused, which comes after this");
          case Elementwise _ -> Optional.empty();
          case Stateful _ -> Optional.of("keeps state of its own");
        };
    return specific.isPresent() ? specific : irregular(node);
  }

  private Optional<String> irregular(Node node) {
    for (Value result : node.results()) {
      Shape shape = function.of(result).shape();
      if (!axes.isRegular(shape)) {
        return Optional.of("gives " + shape + ", in which time is no axis of its own");
      }
    }
    return Optional.empty();
  }

  private Optional<String> reduce(Node node, Contraction.Reduce reduce) {
    Shape shape = function.of(reduce.x()).shape();
    for (int axis : reduce.axes()) {
      Dim dim = shape.get(axis);
      String what = "`" + reduce.kind().name().toLowerCase(Locale.ROOT) + "` over `" + dim + "`";
      if (dim.equals(Axes.ROWS))
        return Optional.of(what + " mixes rows that do not belong together");
      if (dim.equals(Axes.STEPS)) {
        return Optional.of(
            isPositional(reduce.x())
                ? what
                    + " of positions depends on the length so far: whatever was computed with it"
                    + " would change with every step"
                : what + " looks at all steps at once, later ones included");
      }
      if (axes.isKeys(dim)) {
        Optional<String> problem =
            look(node, what, shape, facts.of(reduce.x()).masked(), Masked.neutral(reduce.kind()));
        if (problem.isPresent()) return problem;
      }
    }
    return Optional.empty();
  }

  private Optional<String> dot(Node node, Contraction.Dot dot) {
    Shape left = function.of(dot.lhs()).shape();
    Shape right = function.of(dot.rhs()).shape();
    for (int axis : dot.lhsSum()) {
      Dim dim = left.get(axis);
      String what = "`dot` over `" + dim + "`";
      if (dim.equals(Axes.ROWS))
        return Optional.of(what + " mixes rows that do not belong together");
      if (dim.equals(Axes.STEPS)) {
        return Optional.of(what + " looks at all steps at once, later ones included");
      }
      if (axes.isKeys(dim)) {
        Shape both = Axes.hasSteps(left) ? left : right;
        Optional<String> problem = look(node, what, both, facts.product(dot), Optional.of(0.0));
        if (problem.isPresent()) return problem;
      }
    }
    return Optional.empty();
  }

  /// A fold over keys. One fault of a mask makes maximum, sum and product of a softmax illegal;
  /// only the first of a block is told.
  private Optional<String> look(
      Node node, String what, Shape shape, Optional<Masked> masked, Optional<Double> neutral) {
    Optional<String> problem = KeyFold.problem(what, shape, masked, neutral);
    if (problem.isPresent()) {
      return blamed.add(node.origin().path()) ? problem : Optional.empty();
    }
    Reach reach = Reach.of(masked.orElseThrow().allowed());
    for (Value operand : Operands.of(node.op())) {
      facts.of(operand).cached().ifPresent(cached -> looks.add(Map.entry(cached, reach)));
    }
    return Optional.empty();
  }

  private Optional<String> top(Value x) {
    Shape shape = function.of(x).shape();
    Dim last = shape.get(shape.rank() - 1);
    return axes.isMeasured(last)
        ? Optional.of("`top` over `" + last + "` lets steps compete with one another")
        : Optional.empty();
  }

  private Optional<String> layout(Layout op) {
    return switch (op) {
      case Layout.Slice(Value x, int axis, _, _, _) -> {
        Dim dim = function.of(x).dim(axis);
        yield axes.isMeasured(dim)
            ? Optional.of(
                "takes a part of `"
                    + dim
                    + "`, which moves when steps are added; a scan (`for t in T`) can look back")
            : Optional.empty();
      }
      case Layout.Concat(List<Value> parts, int axis) -> {
        Dim dim = function.of(parts.getFirst()).dim(axis);
        yield axes.isMeasured(dim) && parts.size() > 1
            ? Optional.of(
                "puts something beside the steps of `"
                    + dim
                    + "`; a scan (`for t in T`) can look back")
            : Optional.empty();
      }
      case Layout.Reshape(Value x, Shape shape) -> reshape(function.of(x).shape(), shape);
      case Layout.History(Value x, int axis, _) ->
          function.of(x).dim(axis).equals(Axes.STEPS)
              ? Optional.empty()
              : Optional.of("renames `" + function.of(x).dim(axis) + "`, not the steps `T`");
      case Layout.Permute _, Layout.Broadcast _ -> Optional.empty();
    };
  }

  /// Rows and time must stand at the same place among the elements before and after.
  private Optional<String> reshape(Shape before, Shape after) {
    for (int axis = 0; axis < before.rank(); axis++) {
      Dim dim = before.get(axis);
      if (!axes.isMeasured(dim)) continue;
      int moved = after.dims().indexOf(dim);
      boolean kept =
          moved >= 0
              && Dim.product(before.dims().subList(0, axis))
                  .equals(Dim.product(after.dims().subList(0, moved)));
      if (!kept) {
        return Optional.of(
            "makes " + after + " of " + before + ", and so mixes `" + dim + "` with other axes");
      }
    }
    return Optional.empty();
  }

  private Optional<String> gather(Indexing.Gather gather) {
    Dim dim = function.of(gather.x()).dim(gather.axis());
    return axes.isMeasured(dim)
        ? Optional.of("picks from `" + dim + "` by number: which step that is, is not known ahead")
        : Optional.empty();
  }

  private Optional<String> source(Source source) {
    return switch (source) {
      case Source.Iota(Dim size) when axes.isMeasured(size) ->
          Optional.of("counts `" + size + "`: use `position`");
      case Source.Size(Dim dim, _) when !dim.equals(Axes.ROWS) && axes.isMeasured(dim) ->
          Optional.of(
              "uses `"
                  + dim
                  + "` as a number: whatever was computed with it would change with every step");
      case Source.Random(_, Type type) when axes.hasTime(type.shape()) ->
          Optional.of("draws random numbers for every step");
      case Source.Weight _,
          Source.Constant _,
          Source.Table _,
          Source.Prepared _,
          Source.Fill _,
          Source.Iota _,
          Source.Position _,
          Source.Size _,
          Source.Random _ ->
          Optional.empty();
    };
  }

  private Optional<String> dispatch(Control.Dispatch dispatch) {
    var shared = new LinkedHashSet<Value>(dispatch.shared());
    dispatch.captures().forEach(shared::addAll);
    for (Value value : shared) {
      Shape shape = function.of(value).shape();
      if (axes.hasTime(shape) || Axes.rows(shape).isPresent()) {
        return Optional.of("experts use a value of " + shape + " besides their input");
      }
    }
    Type x = function.of(dispatch.x());
    if (axes.hasKeys(x.shape())) {
      return Optional.of("experts work on all steps so far: apply them before the renaming");
    }
    return axes.isMeasured(x.dim(x.rank() - 1))
        ? Optional.of("experts mix the steps of " + x)
        : Optional.empty();
  }

  private Optional<String> scan(Node node, Control.Scan scan) {
    for (Value operand : Operands.of(scan)) {
      if (axes.hasKeys(function.of(operand).shape())) {
        return Optional.of("a loop over `" + scan.steps() + "` holds keys of all steps so far");
      }
    }
    if (!scan.steps().equals(Axes.STEPS)) {
      return axes.isMeasured(scan.steps())
          ? Optional.of("a loop over `" + scan.steps() + "`, not over the steps `T`")
          : body(scan, Optional.empty());
    }
    for (Value initial : scan.initial()) {
      if (Axes.hasSteps(function.of(initial).shape())) {
        return Optional.of("a loop over `T` begins with a value of every step");
      }
    }
    for (Value last : node.results().subList(0, scan.initial().size())) {
      if (used.contains(last)) {
        return Optional.of("uses what a loop over `T` ends with: that changes with every step");
      }
    }
    return body(scan, Optional.of(scan.body().arguments().getFirst()));
  }

  /// The first problem in the body of a loop, reported at its own place.
  private Optional<String> body(Control.Scan scan, Optional<Value> step) {
    for (Node node : scan.body().nodes()) {
      boolean picksStep =
          node.op() instanceof Indexing.Gather gather
              && step.filter(gather.indices()::equals).isPresent()
              && function.of(gather.x()).dim(gather.axis()).equals(Axes.STEPS);
      if (picksStep) continue;
      Optional<String> problem =
          switch (node.op()) {
            case Layout.History _ -> Optional.of("renames the steps inside a loop");
            case Control.Scan inner when inner.steps().equals(Axes.STEPS) ->
                Optional.of("a loop over `T` inside another loop");
            case Op _ -> problem(node);
          };
      if (problem.isPresent()) {
        refuse(node.origin(), problem.get());
        return Optional.empty();
      }
      if (node.results().stream().anyMatch(value -> axes.hasKeys(function.of(value).shape()))) {
        refuse(node.origin(), "looks at all steps so far inside a loop");
        return Optional.empty();
      }
    }
    return Optional.empty();
  }

  /// Whether a value is computed from positions and constants alone.
  private boolean isPositional(Value value) {
    return facts.of(value).position().isPresent() && function.of(value).elem() != Elem.BOOL;
  }
}
