package dune.frontend.elaborate;

import static dune.frontend.diagnostic.ErrorCode.NARROWING;
import static dune.frontend.diagnostic.ErrorCode.RESULT_MISMATCH;
import static dune.frontend.diagnostic.ErrorCode.WRONG_COUNT;

import dune.frontend.ast.Body;
import dune.frontend.ast.Parameter;
import dune.frontend.ast.TypeSyntax;
import dune.frontend.diagnostic.Diagnostic;
import dune.frontend.source.Span;
import dune.ir.Elem;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Holds the value of a body against the result that is declared for it.
final class Results {
  private final Evaluator evaluator;
  private final Session session;

  Results(Evaluator evaluator) {
    this.evaluator = evaluator;
    this.session = evaluator.session;
  }

  /// The value of a body, held against the declared result.
  Datum result(TypeSyntax declared, Body body, Scope scope, List<Parameter> parameters) {
    if (declared instanceof TypeSyntax.TensorType tensor) {
      List<Axis> axes = evaluator.types.axes(tensor.shape(), scope);
      Datum value = evaluator.value(body, scope, Optional.of(axes));
      return conform(value, tensor, axes, scope, last(body), parameters);
    }
    Datum value = evaluator.value(body, scope, Optional.empty());
    if (declared instanceof TypeSyntax.TupleType(var parts, var span)) {
      if (!(value instanceof Datum.Parts(var values)) || values.size() != parts.size()) {
        throw session.fail(
            Diagnostic.of(
                    WRONG_COUNT,
                    last(body),
                    parts.size() + " results are declared, not " + Describe.kind(value))
                .also(span, "declared here"));
      }
      var conformed = new ArrayList<Datum>();
      for (int i = 0; i < parts.size(); i++) {
        conformed.add(
            parts.get(i) instanceof TypeSyntax.TensorType tensor
                ? conform(
                    values.get(i),
                    tensor,
                    evaluator.types.axes(tensor.shape(), scope),
                    scope,
                    last(body),
                    parameters)
                : values.get(i));
      }
      return new Datum.Parts(conformed);
    }
    evaluator.types.check(declared, value, last(body));
    return value;
  }

  private static Span last(Body body) {
    return body.statements().isEmpty() ? body.span() : body.statements().getLast().span();
  }

  private Datum conform(
      Datum value,
      TypeSyntax.TensorType declared,
      List<Axis> axes,
      Scope scope,
      Span span,
      List<Parameter> parameters) {
    if (value instanceof Datum.Parts || value instanceof Datum.Items) {
      throw session.fail(
          Diagnostic.of(
                  RESULT_MISMATCH, span, "one tensor is declared, not " + Describe.kind(value))
              .also(declared.span(), "declared here"));
    }
    Optional<Elem> elem = declared.element().map(evaluator.types::elem);
    if (value instanceof Tensor tensor) {
      boolean same =
          tensor.rank() == axes.size()
              && tensor.dims().stream()
                  .allMatch(dim -> axes.stream().anyMatch(axis -> axis.dim().equals(dim)));
      if (!same) {
        throw session.fail(
            Diagnostic.of(
                    RESULT_MISMATCH,
                    span,
                    "the result is "
                        + tensor.shapeText()
                        + ", and "
                        + Tensor.text(axes)
                        + " is declared")
                .also(declared.span(), "declared here")
                .alsoIf(
                    !span.contains(tensor.born()),
                    tensor.born(),
                    tensor.shapeText() + " comes from here"));
      }
      if (elem.isEmpty()) requireRounded(tensor, declared, scope, span, parameters);
    }
    return evaluator.types.tensor(value, elem, axes, scope.frame(), span, declared.span());
  }

  /// A result without a written element type has that of the first argument without one; nothing
  /// narrows by itself.
  private void requireRounded(
      Tensor tensor,
      TypeSyntax.TensorType declared,
      Scope scope,
      Span span,
      List<Parameter> parameters) {
    Optional<Elem> expected = Optional.empty();
    String like = "x";
    for (Parameter parameter : parameters) {
      if (expected.isEmpty()
          && parameter
              instanceof
              Parameter.ValueParameter(var name, TypeSyntax.TensorType(var element, _, _), _, _)
          && element.isEmpty()
          && scope.findOwn(name.text()).map(Binding::value).orElse(Datum.NONE)
              instanceof Tensor given) {
        expected = Optional.of(given.elem());
        like = name.text();
      }
    }
    Elem elem = expected.orElse(session.model());
    if (tensor.elem() == elem
        || (tensor.elem().isFloat() && Arithmetic.wider(tensor.elem(), elem) == elem)) return;
    throw session.fail(
        Diagnostic.of(
                NARROWING,
                span,
                expected.isPresent()
                    ? "the result is `%s`, and is declared to have the element type of `%s`"
                        .formatted(tensor.elem(), like)
                    : "the result is `%s`, and is declared to have the model's element type"
                        .formatted(tensor.elem()))
            .label("this is `" + tensor.elem() + "`")
            .also(declared.span(), "no element type stands here")
            .help(
                tensor.elem().isFloat() && expected.isPresent()
                    ? "round at the end: `(...) as type(" + like + ")`"
                    : "declare it: `" + tensor.elem() + tensor.shapeText() + "`"));
  }
}
