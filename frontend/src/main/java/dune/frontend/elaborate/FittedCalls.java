package dune.frontend.elaborate;

import static dune.frontend.diagnostic.ErrorCode.MISSING_ARGUMENT;
import static dune.frontend.diagnostic.ErrorCode.NOT_CALLABLE;
import static dune.frontend.diagnostic.ErrorCode.RESULT_MISMATCH;
import static dune.frontend.diagnostic.ErrorCode.TOO_MANY_ARGUMENTS;

import dune.frontend.ast.Expression;
import dune.frontend.ast.Item;
import dune.frontend.ast.TypeSyntax;
import dune.frontend.diagnostic.Diagnostic;
import dune.frontend.source.Span;
import dune.ir.Initializer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Calls of what was handed over as a parameter, through the signature of that parameter: axes
/// correspond by place.
final class FittedCalls {
  private final Evaluator evaluator;
  private final Session session;

  FittedCalls(Evaluator evaluator) {
    this.evaluator = evaluator;
    this.session = evaluator.session;
  }

  /// Calls what was handed over as a parameter, through the signature of that parameter.
  Datum call(Datum.Fitted fitted, Expression.Call call, Scope scope) {
    var parameters = fitted.signature().parameters();
    var passed = evaluator.calls.arguments(call, scope);
    if (passed.size() != parameters.size()) {
      throw session.fail(
          Diagnostic.of(
                  passed.size() > parameters.size() ? TOO_MANY_ARGUMENTS : MISSING_ARGUMENT,
                  call.span(),
                  "`"
                      + call.callee().span().text()
                      + "` takes "
                      + parameters.size()
                      + " arguments, not "
                      + passed.size())
              .also(
                  fitted.declared(),
                  "its signature is `" + Describe.type(fitted.signature()) + "`"));
    }
    return call(
        fitted,
        passed.stream().map(one -> new Datum.Given(one.value(), one.span())).toList(),
        "`" + call.callee().span().text() + "`",
        scope.frame(),
        call.span());
  }

  /// @param name what the caller calls it
  Datum call(Datum.Fitted fitted, List<Datum.Given> given, String name, Frame caller, Span span) {
    Scope scope = fitted.scope().inner(Frame.within(fitted.scope().frame()));
    var tensors = new ArrayList<Tensor>();
    for (int i = 0; i < given.size(); i++) {
      tensors.add(
          evaluator.tensors.tensor(
              fitted.signature().parameters().get(i),
              given.get(i),
              new Binder.Wanted(name, Optional.empty(), Set.of()),
              scope,
              caller));
    }
    Datum result = positional(fitted.target(), tensors, fitted, scope, span);
    return Exports.export(result, scope.frame(), caller, span);
  }

  /// Calls `target` with tensors whose axes correspond to its own by place, and names the result by
  /// the signature.
  private Datum positional(
      Datum target, List<Tensor> tensors, Datum.Fitted fitted, Scope signature, Span span) {
    Datum result =
        switch (target) {
          case Datum.Closure(var definition, var home) ->
              session.within(
                  span,
                  session.path(),
                  () -> {
                    Scope scope = home.inner(Frame.within(home.frame()));
                    evaluator.tensors.positional(
                        definition.parameters(), tensors, scope, signature.frame(), span);
                    return evaluator.results.result(
                        definition.result(), definition.body(), scope, definition.parameters());
                  });
          case Datum.Description description ->
              positional(
                  new Datum.Member(evaluator.instances.inPlace(description, span)),
                  tensors,
                  fitted,
                  signature,
                  span);
          case Datum.BlockName(var definition, var home) ->
              positional(
                  new Datum.Description(definition, home, Map.of(), signature.frame()),
                  tensors,
                  fitted,
                  signature,
                  span);
          case Datum.Member(var instance) -> {
            Item.Forward forward = evaluator.calls.requireForward(instance, span);
            yield session.within(
                span,
                instance.path(),
                () -> {
                  Scope scope = instance.scope().inner(Frame.within(instance.frame()));
                  evaluator.tensors.positional(
                      forward.parameters(), tensors, scope, signature.frame(), span);
                  return evaluator.results.result(
                      forward.result(), forward.body(), scope, forward.parameters());
                });
          }
          case Datum.Fitted inner ->
              call(
                  inner,
                  tensors.stream().map(tensor -> new Datum.Given(tensor, span)).toList(),
                  "the function",
                  signature.frame(),
                  span);
          case Datum.Builtin(String name) when Arithmetic.isFunction(name) ->
              evaluator.arithmetic.function(
                  name,
                  tensors.getFirst(),
                  new Arithmetic.Place(span, signature.frame(), Optional.empty()));
          case Datum.Unknown unknown -> unknown;
          default ->
              throw session.fail(NOT_CALLABLE, span, Describe.kind(target) + " cannot be called");
        };
    return renamed(result, fitted.signature().result(), signature, span);
  }

  /// The result of a callee, its axes named by place after the signature.
  private Datum renamed(Datum result, TypeSyntax declared, Scope signature, Span span) {
    if (declared instanceof TypeSyntax.TupleType(var types, _)) {
      return renamed(result, types, signature, span);
    }
    if (!(declared instanceof TypeSyntax.TensorType tensorType)) return result;
    List<Axis> axes = evaluator.types.axes(tensorType.shape(), signature);
    return switch (result) {
      case Tensor tensor -> {
        if (tensor.rank() != axes.size()) {
          throw session.fail(
              RESULT_MISMATCH,
              span,
              "the result is "
                  + tensor.shapeText()
                  + ", and the signature says "
                  + Tensor.text(axes));
        }
        var named = new Tensor(axes, tensor.elem(), tensor.value(), span);
        yield tensorType.element().isPresent()
            ? evaluator.types.element(
                named, evaluator.types.elem(tensorType.element().get()), span, declared.span())
            : named;
      }
      case Datum.Unknown _ ->
          evaluator.types.tensor(
              new Datum.Start(new Initializer.Constant(0)),
              tensorType.element().map(evaluator.types::elem),
              axes,
              signature.frame(),
              span,
              declared.span());
      default -> result;
    };
  }

  private Datum renamed(Datum result, List<TypeSyntax> types, Scope signature, Span span) {
    var parts = new ArrayList<Datum>();
    for (int i = 0; i < types.size(); i++) {
      Datum part =
          switch (result) {
            case Datum.Unknown unknown -> unknown;
            case Datum.Parts(var values) when values.size() == types.size() -> values.get(i);
            default ->
                throw session.fail(
                    RESULT_MISMATCH,
                    span,
                    "the result is "
                        + Describe.kind(result)
                        + ", and the signature says "
                        + types.size()
                        + " values");
          };
      parts.add(renamed(part, types.get(i), signature, span));
    }
    return new Datum.Parts(parts);
  }
}
