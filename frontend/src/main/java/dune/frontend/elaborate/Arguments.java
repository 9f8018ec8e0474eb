package dune.frontend.elaborate;

import static dune.frontend.diagnostic.ErrorCode.ARGUMENT_SHAPE;
import static dune.frontend.diagnostic.ErrorCode.MISSING_ARGUMENT;
import static dune.frontend.diagnostic.ErrorCode.TOO_MANY_ARGUMENTS;
import static dune.frontend.diagnostic.ErrorCode.UNKNOWN_ARGUMENT;
import static dune.frontend.diagnostic.ErrorCode.WRONG_TYPE;

import dune.frontend.ast.Argument;
import dune.frontend.ast.AxisSyntax;
import dune.frontend.ast.Expression;
import dune.frontend.diagnostic.Diagnostic;
import dune.frontend.source.Span;
import dune.ir.dim.Dim;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The arguments of a function that the language has by itself: values in order, by name, and the
/// axes after `over`.
///
/// @param axes where each axis was written
record Arguments(
    Evaluator evaluator,
    String name,
    List<Datum> values,
    Map<String, Datum> named,
    Optional<List<Axis>> over,
    List<Span> spans,
    Map<Dim, Span> axes,
    Arithmetic.Place place) {

  static Arguments of(
      Evaluator evaluator,
      String name,
      Expression.Call call,
      Scope scope,
      Optional<List<Axis>> written) {
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
              throw evaluator.session.fail(
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
        evaluator,
        name,
        values,
        named,
        over,
        spans,
        spansOfAxes,
        new Arithmetic.Place(call.span(), scope.frame(), written));
  }

  Span span() {
    return place.span();
  }

  Span span(Axis axis) {
    return axes.getOrDefault(axis.dim(), span());
  }

  /// Requires so many values.
  void count(int count) {
    if (values.size() == count) return;
    boolean few = values.size() < count;
    throw evaluator.session.fail(
        few ? MISSING_ARGUMENT : TOO_MANY_ARGUMENTS,
        span(),
        "`"
            + name
            + "` takes "
            + count
            + (count == 1 ? " value" : " values")
            + ", not "
            + values.size());
  }

  Tensor tensor(int number) {
    Datum value = values.get(number);
    return switch (value) {
      case Tensor tensor -> {
        evaluator.alignment.requireDistinct(tensor, spans.get(number));
        yield tensor;
      }
      default ->
          throw evaluator.session.fail(
              WRONG_TYPE,
              spans.get(number),
              "`" + name + "` takes a tensor here, not " + Describe.kind(value));
    };
  }

  /// The axes that a function folds, which it cannot do without.
  List<Axis> folded() {
    return over.orElseThrow(
        () ->
            evaluator.session.fail(
                Diagnostic.of(
                        MISSING_ARGUMENT, span(), "`" + name + "` needs the axes that it folds")
                    .help("write `" + name + "(x, over K)`")));
  }

  /// The place of the one axis that a function works along: that after `over`, else the last.
  int along(Tensor tensor) {
    if (over.isPresent() && over.get().size() == 1) {
      Axis axis = over.get().getFirst();
      return evaluator.views.place(tensor, axis.dim(), span(axis));
    }
    if (tensor.rank() == 0 || over.isPresent()) {
      throw evaluator.session.fail(ARGUMENT_SHAPE, span(), "`" + name + "` works along one axis");
    }
    return tensor.rank() - 1;
  }
}
