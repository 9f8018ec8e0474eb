package dune.frontend.elaborate;

import static dune.frontend.diagnostic.ErrorCode.DUPLICATE_ARGUMENT;
import static dune.frontend.diagnostic.ErrorCode.MISSING_ARGUMENT;
import static dune.frontend.diagnostic.ErrorCode.NOT_CALLABLE;
import static dune.frontend.diagnostic.ErrorCode.NO_FORWARD;
import static dune.frontend.diagnostic.ErrorCode.TOO_MANY_ARGUMENTS;
import static dune.frontend.diagnostic.ErrorCode.UNKNOWN_ARGUMENT;

import dune.frontend.ast.Argument;
import dune.frontend.ast.AxisSyntax;
import dune.frontend.ast.Expression;
import dune.frontend.ast.Identifier;
import dune.frontend.ast.Item;
import dune.frontend.ast.Parameter;
import dune.frontend.diagnostic.Diagnostic;
import dune.frontend.resolve.Suggest;
import dune.frontend.source.Span;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Calls: hands arguments over from the caller's frame to the callee's, and results back.
final class Calls {
  private final Evaluator evaluator;
  private final Session session;

  Calls(Evaluator evaluator) {
    this.evaluator = evaluator;
    this.session = evaluator.session;
  }

  Datum call(Expression.Call call, Scope scope, Optional<List<Axis>> written) {
    Datum callee = evaluator.evaluate(call.callee(), scope);
    return switch (callee) {
      case Datum.Builtin(String name) -> evaluator.functions.call(name, call, scope, written);
      case Datum.Closure closure -> {
        var parameters = closure.definition().parameters();
        var given =
            match(parameters, arguments(call, scope), call, closure.definition().name().span());
        yield invoke(closure, given, scope.frame(), call.span());
      }
      case Datum.BlockName(var definition, var home) -> {
        var given =
            match(definition.parameters(), arguments(call, scope), call, definition.name().span());
        yield new Datum.Description(definition, home, given, scope.frame());
      }
      case Datum.Description description -> {
        Instance instance = evaluator.instances.inPlace(description, call.span());
        yield forward(instance, call, scope);
      }
      case Datum.Member(var instance) -> forward(instance, call, scope);
      case Datum.Fitted fitted -> evaluator.fittedCalls.call(fitted, call, scope);
      case Datum.Mask mask -> evaluator.masks.apply(mask, call, scope);
      case Datum.Selected selected -> evaluator.experts.call(selected, call, scope);
      case Datum.Unknown unknown -> {
        arguments(call, scope);
        yield unknown;
      }
      default -> {
        var diagnostic =
            Diagnostic.of(
                NOT_CALLABLE, call.callee().span(), Describe.kind(callee) + " cannot be called");
        if (callee instanceof Datum.None) {
          diagnostic =
              diagnostic.help("it is there only under a condition: call it inside the same `if`");
        }
        throw session.fail(diagnostic);
      }
    };
  }

  /// One argument of a call, evaluated in the caller's names.
  ///
  /// @param name empty for a positional one
  /// @param span that of the value alone
  record Passed(Optional<Identifier> name, Kind kind, Datum value, Span span) {
    enum Kind {
      VALUE,
      AXIS
    }
  }

  /// The arguments of a call, all of them evaluated even if one has an error.
  List<Passed> arguments(Expression.Call call, Scope scope) {
    var passed = new ArrayList<Passed>();
    boolean abandoned = false;
    for (Argument argument : call.arguments()) {
      try {
        switch (argument) {
          case Argument.PositionalArgument(var value, var span) ->
              passed.add(
                  new Passed(
                      Optional.empty(), Passed.Kind.VALUE, evaluator.evaluate(value, scope), span));
          case Argument.NamedArgument(var name, var value, _) ->
              passed.add(
                  new Passed(
                      Optional.of(name),
                      Passed.Kind.VALUE,
                      evaluator.evaluate(value, scope),
                      value.span()));
          case Argument.AxisArgument(var axes, _) -> {
            for (AxisSyntax axis : axes) {
              if (axis instanceof AxisSyntax.DimensionAxis(var dimension, _)) {
                var found = evaluator.types.axis(dimension, scope);
                passed.add(
                    new Passed(
                        Optional.empty(),
                        Passed.Kind.AXIS,
                        new Datum.Whole(found.dim(), found.factors()),
                        axis.span()));
              }
            }
          }
        }
      } catch (Abandoned e) {
        abandoned = true;
      }
    }
    if (abandoned) throw new Abandoned();
    return passed;
  }

  /// Finds the parameter of every argument.
  Map<String, Datum.Given> match(
      List<Parameter> parameters, List<Passed> passed, Expression.Call call, Span definition) {
    var given = new LinkedHashMap<String, Datum.Given>();
    var values = parameters.stream().filter(p -> p instanceof Parameter.ValueParameter).toList();
    var axes = parameters.stream().filter(p -> p instanceof Parameter.AxisParameter).toList();
    int nextValue = 0;
    int nextAxis = 0;
    for (Passed argument : passed) {
      Parameter parameter;
      if (argument.name().isPresent()) {
        parameter = named(values, argument, call, definition);
      } else {
        var kind = argument.kind() == Passed.Kind.AXIS ? axes : values;
        int next = argument.kind() == Passed.Kind.AXIS ? nextAxis++ : nextValue++;
        if (next >= kind.size()) {
          throw tooMany(argument, kind.size(), axes.size() > nextAxis, call, definition);
        }
        parameter = kind.get(next);
      }
      var before =
          given.put(parameter.name().text(), new Datum.Given(argument.value(), argument.span()));
      if (before != null) {
        throw session.fail(
            Diagnostic.of(
                    DUPLICATE_ARGUMENT,
                    argument.name().map(Identifier::span).orElse(argument.span()),
                    "`" + parameter.name() + "` is given twice")
                .also(before.span(), "given here already"));
      }
    }
    for (Parameter parameter : parameters) requireGiven(parameter, given, call.span());
    return given;
  }

  void requireGiven(Parameter parameter, Map<String, Datum.Given> given, Span call) {
    boolean optional =
        parameter instanceof Parameter.ValueParameter(_, var type, var byDefault, _)
            && byDefault.isPresent();
    if (optional || given.containsKey(parameter.name().text())) return;
    throw session.fail(
        Diagnostic.of(MISSING_ARGUMENT, call, "the argument `" + parameter.name() + "` is missing")
            .also(parameter.span(), "declared here, without a default"));
  }

  private Parameter named(
      List<Parameter> parameters, Passed argument, Expression.Call call, Span definition) {
    Identifier label = argument.name().orElseThrow();
    String name = label.text();
    for (Parameter parameter : parameters) {
      if (parameter.name().text().equals(name)) return parameter;
    }
    var diagnostic =
        Diagnostic.of(
                UNKNOWN_ARGUMENT,
                label.span(),
                "`" + call.callee().span().text() + "` has no parameter `" + name + "`")
            .also(definition, "declared here");
    var near = Suggest.nearest(name, parameters.stream().map(p -> p.name().text()).toList());
    throw session.fail(
        near.isPresent() ? diagnostic.help("did you mean `" + near.get() + "`?") : diagnostic);
  }

  private Abandoned tooMany(
      Passed argument, int count, boolean axisLeft, Expression.Call call, Span definition) {
    String what = argument.kind() == Passed.Kind.AXIS ? "axis" : "argument";
    var diagnostic =
        Diagnostic.of(
                TOO_MANY_ARGUMENTS,
                argument.span(),
                "`"
                    + call.callee().span().text()
                    + "` takes "
                    + count
                    + " "
                    + (count == 1 ? what : what.equals("axis") ? "axes" : "arguments"))
            .label("one too many")
            .also(definition, "declared here");
    boolean axis = argument.value() instanceof Datum.Whole && argument.kind() == Passed.Kind.VALUE;
    throw session.fail(
        axis && axisLeft
            ? diagnostic.help("an axis stands after `over`: `over " + argument.span().text() + "`")
            : diagnostic);
  }

  /// Calls a `fn`.
  Datum invoke(Datum.Closure closure, Map<String, Datum.Given> given, Frame caller, Span span) {
    var definition = closure.definition();
    return session.within(
        span,
        session.path(),
        () -> {
          Scope scope = closure.scope().inner(Frame.within(closure.scope().frame()));
          var callee = new Binder.Callee(definition.name().text(), span, definition.parameters());
          evaluator.binder.bind(definition.parameters(), given, scope, caller, callee);
          Datum result =
              evaluator.results.result(
                  definition.result(), definition.body(), scope, definition.parameters());
          return Exports.export(result, scope.frame(), caller, span);
        });
  }

  /// Calls the `forward` of a block.
  Datum forward(Instance instance, Expression.Call call, Scope scope) {
    Item.Forward forward = requireForward(instance, call.callee().span());
    var given =
        match(
            forward.parameters(),
            arguments(call, scope),
            call,
            instance.definition().name().span());
    return forward(instance, forward, given, scope.frame(), call.span());
  }

  Item.Forward requireForward(Instance instance, Span span) {
    return instance
        .forward()
        .orElseThrow(
            () ->
                session.fail(
                    Diagnostic.of(
                            NO_FORWARD,
                            span,
                            "`" + instance.definition().name() + "` has no `forward`")
                        .also(instance.definition().name().span(), "this block")));
  }

  Datum forward(
      Instance instance,
      Item.Forward forward,
      Map<String, Datum.Given> given,
      Frame caller,
      Span span) {
    return session.within(
        span,
        instance.path(),
        () -> {
          Scope scope = instance.scope().inner(Frame.within(instance.frame()));
          var callee =
              new Binder.Callee(instance.definition().name().text(), span, forward.parameters());
          evaluator.binder.bind(forward.parameters(), given, scope, caller, callee);
          Datum result =
              evaluator.results.result(
                  forward.result(), forward.body(), scope, forward.parameters());
          return Exports.export(result, scope.frame(), caller, span);
        });
  }
}
