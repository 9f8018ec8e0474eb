package dune.frontend.elaborate;

import static dune.frontend.diagnostic.ErrorCode.SIGNATURE_MISMATCH;

import dune.frontend.ast.AxisSyntax;
import dune.frontend.ast.Expression;
import dune.frontend.ast.Item;
import dune.frontend.ast.Parameter;
import dune.frontend.ast.TypeSyntax;
import dune.frontend.diagnostic.Diagnostic;
import dune.frontend.source.Span;
import dune.ir.dim.Dim;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Whether a function or block fits the signature of the parameter that it is given for: axes
/// correspond by place, free names match anything but must do so alike, and known dimensions must
/// be the same.
final class Fit {
  private final Evaluator evaluator;

  Fit(Evaluator evaluator) {
    this.evaluator = evaluator;
  }

  /// What is known of a callee: its parameters and result, and the scope that their names mean
  /// something in.
  private record Shape(
      String name, List<TypeSyntax> parameters, TypeSyntax result, Scope scope, Span declared) {}

  void check(Datum.Fitted fitted, Span span) {
    Optional<Shape> given = shape(fitted.target(), span);
    if (given.isEmpty()) return;
    Shape callee = given.get();
    var signature = fitted.signature();
    if (callee.parameters().size() != signature.parameters().size()) {
      throw fail(
          fitted,
          callee,
          span,
          "it takes %s, and is handed %d"
              .formatted(
                  callee.parameters().size() == 1
                      ? "one tensor"
                      : callee.parameters().size() + " tensors",
                  signature.parameters().size()));
    }
    var free = new LinkedHashMap<String, Dim>();
    for (int i = 0; i < signature.parameters().size(); i++) {
      compare(
          signature.parameters().get(i), callee.parameters().get(i), fitted, callee, free, span);
    }
    compare(signature.result(), callee.result(), fitted, callee, free, span);
  }

  private Optional<Shape> shape(Datum target, Span span) {
    return switch (target) {
      case Datum.Closure(var definition, var home) ->
          Optional.of(
              new Shape(
                  definition.name().text(),
                  tensors(definition.parameters(), home),
                  definition.result(),
                  home,
                  definition.name().span()));
      case Datum.Description description -> {
        Optional<Item.Forward> forward = Instances.forward(description.definition());
        if (forward.isEmpty()) yield Optional.empty();
        Scope scope =
            evaluator.session.within(
                span,
                evaluator.session.path(),
                () -> evaluator.instances.parameters(description, span));
        yield Optional.of(
            new Shape(
                description.definition().name().text(),
                tensors(forward.get().parameters(), scope),
                forward.get().result(),
                scope,
                description.definition().name().span()));
      }
      case Datum.Member(var instance) ->
          instance
              .forward()
              .map(
                  forward ->
                      new Shape(
                          instance.definition().name().text(),
                          tensors(forward.parameters(), instance.scope()),
                          forward.result(),
                          instance.scope(),
                          instance.definition().name().span()));
      case Datum.Fitted inner ->
          Optional.of(
              new Shape(
                  "it",
                  inner.signature().parameters(),
                  inner.signature().result(),
                  inner.scope(),
                  inner.declared()));
      default -> Optional.empty();
    };
  }

  /// The types of the parameters that tensors are handed to; those with defaults after them are
  /// left alone.
  private static List<TypeSyntax> tensors(List<Parameter> parameters, Scope scope) {
    var types = new ArrayList<TypeSyntax>();
    for (Parameter parameter : parameters) {
      if (parameter
              instanceof Parameter.ValueParameter(_, TypeSyntax.TensorType type, var byDefault, _)
          && byDefault.isEmpty()) {
        types.add(type);
      }
    }
    return types;
  }

  private void compare(
      TypeSyntax wanted,
      TypeSyntax given,
      Datum.Fitted fitted,
      Shape callee,
      Map<String, Dim> free,
      Span span) {
    if (!(wanted instanceof TypeSyntax.TensorType left)
        || !(given instanceof TypeSyntax.TensorType right)) return;
    List<AxisSyntax> expected = left.shape().axes();
    List<AxisSyntax> actual = right.shape().axes();
    // A pack takes the axes that the other side names.
    int pack = indexOfPack(actual);
    int signaturePack = indexOfPack(expected);
    if (pack < 0 && (signaturePack >= 0 || expected.size() != actual.size())
        || pack >= 0 && expected.size() < actual.size() - 1) {
      throw fail(
          fitted,
          callee,
          span,
          "it takes `" + Describe.type(right) + "`, and is handed `" + Describe.type(left) + "`");
    }
    int after = pack < 0 ? 0 : actual.size() - pack - 1;
    for (int i = 0; i < actual.size(); i++) {
      if (i == pack) continue;
      int place = pack >= 0 && i > pack ? expected.size() - after + (i - pack - 1) : i;
      axis(expected.get(place), actual.get(i), fitted, callee, free, span);
    }
  }

  private static int indexOfPack(List<AxisSyntax> axes) {
    for (int i = 0; i < axes.size(); i++) {
      if (axes.get(i) instanceof AxisSyntax.PackAxis) return i;
    }
    return -1;
  }

  private void axis(
      AxisSyntax wanted,
      AxisSyntax given,
      Datum.Fitted fitted,
      Shape callee,
      Map<String, Dim> free,
      Span span) {
    Optional<Dim> expected = known(wanted, fitted.scope());
    Optional<Dim> actual = known(given, callee.scope());
    if (actual.isEmpty()) return;
    if (expected.isEmpty() || !expected.get().equals(actual.get())) {
      throw fail(
          fitted,
          callee,
          span,
          "it takes `%s`, and is handed %s"
              .formatted(
                  Frame.text(actual.get()),
                  expected.isEmpty()
                      ? "any axis `" + Describe.axis(wanted) + "`"
                      : "`" + Frame.text(expected.get()) + "`"));
    }
  }

  /// The canonical dimension of an axis, unless it is a free name.
  private Optional<Dim> known(AxisSyntax axis, Scope scope) {
    if (!(axis instanceof AxisSyntax.DimensionAxis(var dimension, _))) return Optional.empty();
    if (dimension instanceof Expression.Name(var name, _) && scope.find(name).isEmpty())
      return Optional.empty();
    return Optional.of(scope.frame().canonical(evaluator.types.axis(dimension, scope).dim()));
  }

  private Abandoned fail(Datum.Fitted fitted, Shape callee, Span span, String why) {
    return evaluator.session.fail(
        Diagnostic.of(
                SIGNATURE_MISMATCH,
                span,
                "`"
                    + callee.name()
                    + "` does not fit the signature `"
                    + Describe.type(fitted.signature())
                    + "`")
            .label(why)
            .also(fitted.declared(), "the signature")
            .also(callee.declared(), "`" + callee.name() + "` is declared here"));
  }
}
