package dune.frontend.elaborate;

import static dune.frontend.diagnostic.ErrorCode.ARGUMENT_SHAPE;
import static dune.frontend.diagnostic.ErrorCode.ELEMENT_MISMATCH;
import static dune.frontend.diagnostic.ErrorCode.MISSING_ARGUMENT;
import static dune.frontend.diagnostic.ErrorCode.WRONG_TYPE;

import dune.frontend.ast.Expression;
import dune.frontend.diagnostic.Diagnostic;
import dune.ir.Contraction;
import dune.ir.Contraction.ReduceKind;
import dune.ir.Elem;
import dune.ir.Elementwise;
import dune.ir.Elementwise.BinaryKind;
import dune.ir.Initializer;
import dune.ir.Source;
import dune.ir.Type;
import dune.ir.Value;
import dune.ir.dim.Dim;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The functions that the language has by itself.
final class TensorFunctions {
  private final Evaluator evaluator;
  private final Session session;

  TensorFunctions(Evaluator evaluator) {
    this.evaluator = evaluator;
    this.session = evaluator.session;
  }

  Datum call(String name, Expression.Call call, Scope scope, Optional<List<Axis>> written) {
    boolean elementwise =
        Arithmetic.isFunction(name)
            || name.equals("where")
            || name.equals("clamp")
            || name.equals("max")
            || name.equals("min");
    Arguments given =
        Arguments.of(evaluator, name, call, scope, elementwise ? written : Optional.empty());
    if (Arithmetic.isFunction(name)) {
      given.count(1);
      return evaluator.arithmetic.function(name, given.values().getFirst(), given.place());
    }
    return switch (name) {
      case "dot" -> new Products(evaluator).dot(given);
      case "sum" -> reduce(ReduceKind.SUM, given);
      case "mean" -> reduce(ReduceKind.MEAN, given);
      case "any" -> reduce(ReduceKind.ANY, given);
      case "all" -> reduce(ReduceKind.ALL, given);
      case "max" ->
          given.over().isPresent() ? reduce(ReduceKind.MAX, given) : extreme(BinaryKind.MAX, given);
      case "min" ->
          given.over().isPresent() ? reduce(ReduceKind.MIN, given) : extreme(BinaryKind.MIN, given);
      case "where" -> where(given);
      case "clamp" -> clamp(given);
      case "split" -> new Pieces(evaluator).split(given);
      case "concat" -> new Pieces(evaluator).concat(given);
      case "top" -> top(given);
      case "position" -> position(given, scope);
      case "random" -> random(given, scope);
      case "normal" -> new Datum.Start(new Initializer.Normal(number(given, scope)));
      case "uniform" -> new Datum.Start(new Initializer.Uniform(number(given, scope)));
      case "constant" -> new Datum.Start(new Initializer.Constant(number(given, scope)));
      default -> throw new IllegalStateException(name + " is no function");
    };
  }

  private double number(Arguments given, Scope scope) {
    given.count(1);
    Datum value = given.values().getFirst();
    if (!Arithmetic.isNumber(value) && !(value instanceof Datum.Unknown)) {
      throw session.fail(
          WRONG_TYPE,
          given.span(),
          "`" + given.name() + "` takes a number, not " + Describe.kind(value));
    }
    return evaluator.arithmetic.number(value, scope.frame()).orElse(1);
  }

  private Datum reduce(ReduceKind kind, Arguments given) {
    given.count(1);
    if (given.values().getFirst() instanceof Datum.Unknown unknown) return unknown;
    Tensor tensor = given.tensor(0);
    boolean legal =
        switch (kind) {
          case ANY, ALL -> tensor.elem() == Elem.BOOL;
          case MEAN -> tensor.elem().isFloat();
          case SUM, MAX, MIN -> tensor.elem() != Elem.BOOL;
        };
    if (!legal) {
      throw session.fail(
          Diagnostic.of(
                  ELEMENT_MISMATCH,
                  given.span(),
                  "`" + given.name() + "` is not defined for `" + tensor.elem() + "`")
              .also(tensor.born(), "computed here")
              .help("convert first: `x as f32`"));
    }
    var places = new ArrayList<Integer>();
    for (Axis axis : given.folded()) {
      int place = evaluator.views.place(tensor, axis.dim(), given.span(axis));
      if (!places.contains(place)) places.add(place);
    }
    if (places.isEmpty()) return tensor;
    places.sort(null);
    var axes = new ArrayList<Axis>();
    for (int i = 0; i < tensor.rank(); i++) if (!places.contains(i)) axes.add(tensor.axes().get(i));
    Value value = session.emit(new Contraction.Reduce(kind, tensor.value(), places), given.span());
    return new Tensor(axes, tensor.elem(), value, given.span());
  }

  private Datum extreme(BinaryKind kind, Arguments given) {
    if (given.values().size() < 2) {
      throw session.fail(
          Diagnostic.of(
                  MISSING_ARGUMENT,
                  given.span(),
                  "`" + given.name() + "` compares two values, or folds axes")
              .help("write `" + given.name() + "(a, b)` or `" + given.name() + "(x, over K)`"));
    }
    Datum result = given.values().getFirst();
    for (Datum other : given.values().subList(1, given.values().size())) {
      result = evaluator.arithmetic.apply(kind, result, other, given.place());
    }
    return result;
  }

  private Datum clamp(Arguments given) {
    given.count(3);
    Datum low =
        evaluator.arithmetic.apply(
            BinaryKind.MAX, given.values().get(0), given.values().get(1), given.place());
    return evaluator.arithmetic.apply(BinaryKind.MIN, low, given.values().get(2), given.place());
  }

  private Datum where(Arguments given) {
    given.count(3);
    Datum condition = given.values().getFirst();
    Datum then = given.values().get(1);
    Datum otherwise = given.values().get(2);
    if (condition instanceof Datum.Truth(boolean value)) return value ? then : otherwise;
    if (condition instanceof Datum.Unknown) return then;
    Tensor test = given.tensor(0);
    if (test.elem() != Elem.BOOL) {
      throw session.fail(
          Diagnostic.of(
                  ELEMENT_MISMATCH,
                  given.spans().getFirst(),
                  "a condition is `bool`, and this is `" + test.elem() + "`")
              .help("compare it: `x != 0`"));
    }
    Elem elem = branches(then, otherwise, given);
    Tensor a = evaluator.arithmetic.tensor(then, elem, given.place());
    Tensor b = evaluator.arithmetic.tensor(otherwise, elem, given.place());
    var alignment = evaluator.alignment;
    var both =
        new Tensor(
            alignment.meet(a, b, given.place().written(), given.span()), elem, a.value(), a.born());
    var axes = alignment.meet(both, test, given.place().written(), given.span());
    Frame frame = given.place().frame();
    Value value =
        session.emit(
            new Elementwise.Select(
                alignment.expand(test, axes, frame, given.span()),
                alignment.expand(a, axes, frame, given.span()),
                alignment.expand(b, axes, frame, given.span())),
            given.span());
    return new Tensor(axes, elem, value, given.span());
  }

  private Elem branches(Datum then, Datum otherwise, Arguments given) {
    if (then instanceof Tensor a && otherwise instanceof Tensor b) {
      if (a.elem() == b.elem()) return a.elem();
      if (a.elem().isFloat() && b.elem().isFloat()) return Arithmetic.wider(a.elem(), b.elem());
      throw session.fail(
          ELEMENT_MISMATCH,
          given.span(),
          "`where` chooses between `" + a.elem() + "` and `" + b.elem() + "`");
    }
    if (then instanceof Tensor a) return a.elem();
    if (otherwise instanceof Tensor b) return b.elem();
    return session.model();
  }

  private Datum top(Arguments given) {
    given.count(2);
    Tensor tensor = given.tensor(0);
    Datum count = given.values().get(1);
    if (!(count instanceof Datum.Whole(var k, _))) {
      throw session.fail(
          WRONG_TYPE,
          given.spans().get(1),
          "`top` takes a whole number here, not " + Describe.kind(count));
    }
    int place = given.along(tensor);
    var order = new ArrayList<>(tensor.dims());
    order.add(order.remove(place));
    Tensor last = evaluator.alignment.permute(tensor, order, given.span());
    Frame frame = given.place().frame();
    Dim size = session.size(frame, k, given.span());
    Optional<Double> missing =
        session.actual(frame, tensor.axes().get(place).dim()).minus(size).constant();
    if (missing.isPresent() && missing.get() < 0) {
      throw session.fail(
          ARGUMENT_SHAPE,
          given.span(),
          "the axis has "
              + session.actual(frame, tensor.axes().get(place).dim())
              + " places, fewer than the "
              + size
              + " that are asked for");
    }
    List<Value> results = session.emitAll(new Contraction.Top(last.value(), size), given.span());
    var axes = new ArrayList<>(last.axes());
    axes.set(axes.size() - 1, Axis.of(k));
    return new Datum.Parts(
        List.of(
            new Tensor(axes, tensor.elem(), results.get(0), given.span()),
            new Tensor(axes, Elem.INT, results.get(1), given.span())));
  }

  private Datum position(Arguments given, Scope scope) {
    given.count(1);
    if (!(given.values().getFirst() instanceof Datum.Whole(var dim, _))) {
      throw session.fail(
          WRONG_TYPE,
          given.spans().getFirst(),
          "`position` takes an axis, not " + Describe.kind(given.values().getFirst()));
    }
    return evaluator.masks.position(dim, scope.frame(), given.span());
  }

  private Datum random(Arguments given, Scope scope) {
    Datum like =
        given
            .named()
            .getOrDefault(
                "like", given.values().isEmpty() ? Datum.NONE : given.values().getFirst());
    if (!(like instanceof Tensor tensor)) {
      throw session.fail(
          Diagnostic.of(
                  MISSING_ARGUMENT, given.span(), "`random` needs a tensor whose shape it takes")
              .help("write `random(like = x)`"));
    }
    var type = new Type(Elem.F32, session.shape(scope.frame(), tensor.axes(), given.span()));
    String stream = session.site(given.span());
    return new Tensor(
        tensor.axes(),
        Elem.F32,
        session.emit(new Source.Random(stream, type), given.span()),
        given.span());
  }
}
