package dune.frontend.elaborate;

import static dune.frontend.diagnostic.ErrorCode.ARGUMENT_SHAPE;
import static dune.frontend.diagnostic.ErrorCode.AXES_DO_NOT_ALIGN;
import static dune.frontend.diagnostic.ErrorCode.CONCAT_MISMATCH;
import static dune.frontend.diagnostic.ErrorCode.ELEMENT_MISMATCH;
import static dune.frontend.diagnostic.ErrorCode.MISSING_ARGUMENT;
import static dune.frontend.diagnostic.ErrorCode.SPLIT_SIZES;
import static dune.frontend.diagnostic.ErrorCode.TOO_MANY_ARGUMENTS;
import static dune.frontend.diagnostic.ErrorCode.UNKNOWN_ARGUMENT;
import static dune.frontend.diagnostic.ErrorCode.WRONG_TYPE;

import dune.frontend.ast.Argument;
import dune.frontend.ast.AxisSyntax;
import dune.frontend.ast.Expression;
import dune.frontend.diagnostic.Diagnostic;
import dune.frontend.source.Span;
import dune.ir.Contraction;
import dune.ir.Contraction.ReduceKind;
import dune.ir.Elem;
import dune.ir.Elementwise;
import dune.ir.Elementwise.BinaryKind;
import dune.ir.Initializer;
import dune.ir.Layout;
import dune.ir.Source;
import dune.ir.Type;
import dune.ir.Value;
import dune.ir.dim.Dim;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The functions that the language has by itself.
final class TensorFunctions {
  private final Evaluator evaluator;
  private final Session session;

  TensorFunctions(Evaluator evaluator) {
    this.evaluator = evaluator;
    this.session = evaluator.session;
  }

  /// The arguments of a call: values in order, by name, and the axes after `over`.
  ///
  /// @param axes where each axis was written
  private record Arguments(
      String name,
      List<Datum> values,
      Map<String, Datum> named,
      Optional<List<Axis>> over,
      List<Span> spans,
      Map<Dim, Span> axes,
      Arithmetic.Place place) {
    Span span() {
      return place.span();
    }

    Span span(Axis axis) {
      return axes.getOrDefault(axis.dim(), span());
    }
  }

  Datum call(String name, Expression.Call call, Scope scope, Optional<List<Axis>> written) {
    boolean elementwise =
        Arithmetic.isFunction(name)
            || name.equals("where")
            || name.equals("clamp")
            || name.equals("max")
            || name.equals("min");
    Arguments given = arguments(name, call, scope, elementwise ? written : Optional.empty());
    if (Arithmetic.isFunction(name)) {
      count(given, 1);
      return evaluator.arithmetic.function(name, given.values().getFirst(), given.place());
    }
    return switch (name) {
      case "dot" -> dot(given);
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
      case "split" -> split(given);
      case "concat" -> concat(given);
      case "top" -> top(given);
      case "position" -> position(given, scope);
      case "random" -> random(given, scope);
      case "normal" -> new Datum.Start(new Initializer.Normal(number(given, scope)));
      case "uniform" -> new Datum.Start(new Initializer.Uniform(number(given, scope)));
      case "constant" -> new Datum.Start(new Initializer.Constant(number(given, scope)));
      default -> throw new IllegalStateException(name + " is no function");
    };
  }

  private Arguments arguments(
      String name, Expression.Call call, Scope scope, Optional<List<Axis>> written) {
    var values = new ArrayList<Datum>();
    var spans = new ArrayList<Span>();
    var named = new LinkedHashMap<String, Datum>();
    var spansOfAxes = new LinkedHashMap<Dim, Span>();
    Optional<List<Axis>> over = Optional.empty();
    boolean abandoned = false;
    for (Argument argument : call.arguments()) {
      try {
        switch (argument) {
          case Argument.PositionalArgument(var value, var span) -> {
            values.add(evaluator.evaluate(value, scope, written));
            spans.add(span);
          }
          case Argument.NamedArgument(var label, var value, var span) -> {
            String wanted = name.equals("dot") ? "plus" : name.equals("random") ? "like" : "";
            if (!label.text().equals(wanted)) {
              throw session.fail(
                  UNKNOWN_ARGUMENT, span, "`" + name + "` has no parameter `" + label.text() + "`");
            }
            named.put(label.text(), evaluator.evaluate(value, scope));
          }
          case Argument.AxisArgument(var axes, _) -> {
            var all = new ArrayList<Axis>(over.orElse(List.of()));
            for (AxisSyntax axis : axes) {
              switch (axis) {
                case AxisSyntax.PackAxis _ ->
                    scope.frame().pack().forEach(dim -> all.add(Axis.of(dim)));
                case AxisSyntax.DimensionAxis(var dimension, _) -> {
                  Axis found = evaluator.types.axis(dimension, scope);
                  spansOfAxes.put(found.dim(), dimension.span());
                  all.add(found);
                }
              }
            }
            over = Optional.of(all);
          }
        }
      } catch (Abandoned e) {
        abandoned = true;
      }
    }
    if (abandoned) throw new Abandoned();
    return new Arguments(
        name,
        values,
        named,
        over,
        spans,
        spansOfAxes,
        new Arithmetic.Place(call.span(), scope.frame(), written));
  }

  private void count(Arguments given, int count) {
    if (given.values().size() == count) return;
    boolean few = given.values().size() < count;
    throw session.fail(
        few ? MISSING_ARGUMENT : TOO_MANY_ARGUMENTS,
        given.span(),
        "`"
            + given.name()
            + "` takes "
            + count
            + (count == 1 ? " value" : " values")
            + ", not "
            + given.values().size());
  }

  private Tensor tensor(Arguments given, int number) {
    Datum value = given.values().get(number);
    return switch (value) {
      case Tensor tensor -> {
        evaluator.alignment.requireDistinct(tensor, given.spans().get(number));
        yield tensor;
      }
      default ->
          throw session.fail(
              WRONG_TYPE,
              given.spans().get(number),
              "`" + given.name() + "` takes a tensor here, not " + Describe.kind(value));
    };
  }

  private double number(Arguments given, Scope scope) {
    count(given, 1);
    Datum value = given.values().getFirst();
    if (!Arithmetic.isNumber(value) && !(value instanceof Datum.Unknown)) {
      throw session.fail(
          WRONG_TYPE,
          given.span(),
          "`" + given.name() + "` takes a number, not " + Describe.kind(value));
    }
    return evaluator.arithmetic.number(value, scope.frame()).orElse(1);
  }

  private List<Axis> over(Arguments given) {
    return given
        .over()
        .orElseThrow(
            () ->
                session.fail(
                    Diagnostic.of(
                            MISSING_ARGUMENT,
                            given.span(),
                            "`" + given.name() + "` needs the axes that it folds")
                        .help("write `" + given.name() + "(x, over K)`")));
  }

  private Datum dot(Arguments given) {
    count(given, 2);
    Tensor left = tensor(given, 0);
    Tensor right = tensor(given, 1);
    Elem elem = common(left, right, given);
    left = evaluator.alignment.cast(left, elem, given.span());
    right = evaluator.alignment.cast(right, elem, given.span());
    var summed = given.over().orElse(List.of());
    for (Axis axis : summed) {
      for (int side = 0; side < 2; side++) {
        if (!(side == 0 ? left : right).has(axis.dim())) {
          evaluator.views.place(side == 0 ? left : right, axis.dim(), given.span(axis));
        }
      }
    }
    var lhsSum = new ArrayList<Integer>();
    var rhsSum = new ArrayList<Integer>();
    for (Axis axis : summed) {
      lhsSum.add(left.indexOf(axis.dim()));
      rhsSum.add(right.indexOf(axis.dim()));
    }
    var lhsBatch = new ArrayList<Integer>();
    var rhsBatch = new ArrayList<Integer>();
    for (int i = 0; i < left.rank(); i++) {
      int other = right.indexOf(left.axes().get(i).dim());
      if (other >= 0 && !lhsSum.contains(i)) {
        lhsBatch.add(i);
        rhsBatch.add(other);
      }
    }
    var produced = new ArrayList<Axis>();
    for (int i : lhsBatch) produced.add(left.axes().get(i));
    for (int i : Contraction.Dot.free(left.rank(), lhsBatch, lhsSum))
      produced.add(left.axes().get(i));
    for (int i : Contraction.Dot.free(right.rank(), rhsBatch, rhsSum))
      produced.add(right.axes().get(i));
    Optional<Tensor> plus = plus(given, elem, produced);
    boolean inside = plus.isPresent() && isSuffix(plus.get(), produced);
    Value value =
        session.emit(
            new Contraction.Dot(
                left.value(),
                right.value(),
                lhsBatch,
                rhsBatch,
                lhsSum,
                rhsSum,
                inside ? Optional.of(plus.get().value()) : Optional.empty()),
            given.span());
    var product = new Tensor(produced, elem, value, given.span());
    var order = new ArrayList<Dim>();
    for (int i = 0; i < left.rank(); i++)
      if (!lhsSum.contains(i)) order.add(left.axes().get(i).dim());
    for (Axis axis : right.axes())
      if (product.has(axis.dim()) && !order.contains(axis.dim())) order.add(axis.dim());
    Tensor ordered = evaluator.alignment.permute(product, order, given.span());
    return plus.isEmpty() || inside
        ? ordered
        : evaluator.arithmetic.apply(BinaryKind.ADD, ordered, plus.get(), given.place());
  }

  private Optional<Tensor> plus(Arguments given, Elem elem, List<Axis> produced) {
    Datum datum = given.named().getOrDefault("plus", Datum.NONE);
    return switch (datum) {
      case Datum.None _ -> Optional.empty();
      case Tensor tensor -> {
        for (Axis axis : tensor.axes()) {
          if (produced.stream().noneMatch(other -> other.dim().equals(axis.dim()))) {
            throw session.fail(
                Diagnostic.of(
                        AXES_DO_NOT_ALIGN,
                        given.span(),
                        "`plus` is "
                            + tensor.shapeText()
                            + ", and the product "
                            + Tensor.text(produced)
                            + " has no axis `"
                            + Frame.text(axis.dim())
                            + "`")
                    .also(tensor.born(), "this is " + tensor.shapeText()));
          }
        }
        yield Optional.of(evaluator.alignment.cast(tensor, elem, given.span()));
      }
      default ->
          throw session.fail(
              WRONG_TYPE, given.span(), "`plus` is a tensor, not " + Describe.kind(datum));
    };
  }

  private static boolean isSuffix(Tensor tensor, List<Axis> axes) {
    int skipped = axes.size() - tensor.rank();
    return skipped >= 0
        && axes.subList(skipped, axes.size()).stream()
            .map(Axis::dim)
            .toList()
            .equals(tensor.dims());
  }

  private Elem common(Tensor left, Tensor right, Arguments given) {
    if (left.elem().isFloat() && right.elem().isFloat())
      return Arithmetic.wider(left.elem(), right.elem());
    throw session.fail(
        Diagnostic.of(
                ELEMENT_MISMATCH,
                given.span(),
                "`dot` multiplies real numbers, not `"
                    + left.elem()
                    + "` and `"
                    + right.elem()
                    + "`")
            .help("convert first: `x as f32`"));
  }

  private Datum reduce(ReduceKind kind, Arguments given) {
    count(given, 1);
    if (given.values().getFirst() instanceof Datum.Unknown unknown) return unknown;
    Tensor tensor = tensor(given, 0);
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
    for (Axis axis : over(given)) {
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
    count(given, 3);
    Datum low =
        evaluator.arithmetic.apply(
            BinaryKind.MAX, given.values().get(0), given.values().get(1), given.place());
    return evaluator.arithmetic.apply(BinaryKind.MIN, low, given.values().get(2), given.place());
  }

  private Datum where(Arguments given) {
    count(given, 3);
    Datum condition = given.values().getFirst();
    Datum then = given.values().get(1);
    Datum otherwise = given.values().get(2);
    if (condition instanceof Datum.Truth(boolean value)) return value ? then : otherwise;
    if (condition instanceof Datum.Unknown) return then;
    Tensor test = tensor(given, 0);
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

  private Datum split(Arguments given) {
    if (given.values().size() < 2) {
      throw session.fail(
          Diagnostic.of(
                  MISSING_ARGUMENT,
                  given.span(),
                  "`split` takes a tensor and the sizes of its parts")
              .help("write `let a, b = split(x, R, K - R)`"));
    }
    Tensor tensor = tensor(given, 0);
    int place = lastOrOver(tensor, given);
    Frame frame = given.place().frame();
    var sizes = new ArrayList<Axis>();
    for (int i = 1; i < given.values().size(); i++) {
      Datum size = given.values().get(i);
      sizes.add(
          switch (size) {
            case Datum.Whole(var dim, var factors) -> new Axis(dim, factors);
            case Datum.Unknown _ ->
                Axis.of(
                    frame.bindRigid(
                        frame.unused("part"), Dim.named(session.unique("part")), given.span()));
            default ->
                throw session.fail(
                    WRONG_TYPE,
                    given.spans().get(i),
                    "a size is a dimension, not " + Describe.kind(size));
          });
    }
    Dim whole = tensor.axes().get(place).dim();
    Dim sum = Dim.sum(sizes.stream().map(Axis::dim).toList());
    boolean unknown = given.values().stream().anyMatch(value -> value instanceof Datum.Unknown);
    boolean same = whole.equals(sum) || frame.canonical(whole).equals(frame.canonical(sum));
    if (!same && !unknown) {
      throw session.fail(
          Diagnostic.of(
                  SPLIT_SIZES,
                  given.span(),
                  "the parts add up to `"
                      + Frame.text(sum)
                      + "`, and the axis is `"
                      + Frame.text(whole)
                      + "`")
              .also(tensor.born(), "this is " + tensor.shapeText()));
    }
    var parts = new ArrayList<Datum>();
    Dim start = Dim.ZERO;
    for (Axis size : sizes) {
      Dim length = session.size(frame, size.dim(), given.span());
      Value value =
          session.emit(new Layout.Slice(tensor.value(), place, start, length, 1), given.span());
      var axes = new ArrayList<>(tensor.axes());
      axes.set(place, size);
      parts.add(new Tensor(axes, tensor.elem(), value, given.span()));
      start = start.plus(length);
    }
    return new Datum.Parts(parts);
  }

  private int lastOrOver(Tensor tensor, Arguments given) {
    if (given.over().isPresent() && given.over().get().size() == 1) {
      Axis axis = given.over().get().getFirst();
      return evaluator.views.place(tensor, axis.dim(), given.span(axis));
    }
    if (tensor.rank() == 0 || given.over().isPresent()) {
      throw session.fail(
          ARGUMENT_SHAPE, given.span(), "`" + given.name() + "` works along one axis");
    }
    return tensor.rank() - 1;
  }

  private Datum concat(Arguments given) {
    if (given.values().isEmpty()) count(given, 2);
    Tensor first = tensor(given, 0);
    if (given.over().isPresent()
        && given.over().get().stream().noneMatch(axis -> first.has(axis.dim()))) {
      throw session.fail(
          Diagnostic.of(
                  CONCAT_MISMATCH,
                  given.spans().getFirst(),
                  "this is %s, and has no axis %s to join along"
                      .formatted(
                          first.shapeText(),
                          Alignment.names(given.over().get().stream().map(Axis::dim).toList())))
              .also(first.born(), "this is " + first.shapeText()));
    }
    int place = lastOrOver(first, given);
    Dim along = first.axes().get(place).dim();
    Elem elem = first.elem();
    var parts = new ArrayList<Tensor>();
    for (int i = 0; i < given.values().size(); i++) {
      Tensor part = tensor(given, i);
      if (part.elem() != elem) {
        if (!part.elem().isFloat() || !elem.isFloat()) {
          throw session.fail(
              ELEMENT_MISMATCH,
              given.spans().get(i),
              "`concat` of `" + elem + "` and `" + part.elem() + "`");
        }
        elem = Arithmetic.wider(part.elem(), elem);
      }
      parts.add(ordered(part, first, along, place, given, i));
    }
    var values = new ArrayList<Value>();
    var sizes = new ArrayList<Dim>();
    for (Tensor part : parts) {
      values.add(evaluator.alignment.cast(part, elem, given.span()).value());
      sizes.add(part.axes().get(place).dim());
    }
    var axes = new ArrayList<>(first.axes());
    axes.set(place, Axis.of(Dim.sum(sizes)));
    return new Tensor(
        axes, elem, session.emit(new Layout.Concat(values, place), given.span()), given.span());
  }

  /// A part with its axes in the order of the first: the one that it is joined along is `along`, or
  /// the only one that the first lacks.
  private Tensor ordered(
      Tensor part, Tensor first, Dim along, int place, Arguments given, int number) {
    var others = first.dims().stream().filter(dim -> !dim.equals(along)).toList();
    var own = part.dims().stream().filter(dim -> !others.contains(dim)).toList();
    if (own.size() != 1 || part.rank() != first.rank()) {
      throw session.fail(
          Diagnostic.of(
                  CONCAT_MISMATCH,
                  given.spans().get(number),
                  "this is "
                      + part.shapeText()
                      + ", and all axes but one must be those of "
                      + first.shapeText())
              .also(first.born(), "the first part is " + first.shapeText()));
    }
    var order = new ArrayList<>(others);
    order.add(place, own.getFirst());
    return evaluator.alignment.permute(part, order, given.span());
  }

  private Datum top(Arguments given) {
    count(given, 2);
    Tensor tensor = tensor(given, 0);
    Datum count = given.values().get(1);
    if (!(count instanceof Datum.Whole(var k, _))) {
      throw session.fail(
          WRONG_TYPE,
          given.spans().get(1),
          "`top` takes a whole number here, not " + Describe.kind(count));
    }
    int place = lastOrOver(tensor, given);
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
    count(given, 1);
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
