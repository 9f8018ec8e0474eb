package dune.frontend.elaborate;

import static dune.frontend.diagnostic.ErrorCode.NOT_AN_AXIS;
import static dune.frontend.diagnostic.ErrorCode.WRONG_TYPE;

import dune.frontend.ast.Parameter;
import dune.frontend.ast.TypeSyntax;
import dune.frontend.diagnostic.Diagnostic;
import dune.frontend.source.Span;
import dune.ir.dim.Dim;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Binds parameters: here names of the caller end and names of the callee begin.
///
/// A known dimension in a signature finds its axis by name; free names and `...` take the axes that
/// are left, in order.
final class Binder {
  private final Evaluator evaluator;
  private final Session session;

  Binder(Evaluator evaluator) {
    this.evaluator = evaluator;
    this.session = evaluator.session;
  }

  /// Who is called, and where.
  ///
  /// @param parameters what it declares
  record Callee(String name, Span call, List<Parameter> parameters) {}

  /// What an argument is needed for.
  ///
  /// @param callee as messages call it, with backticks if it is a name
  /// @param parameter empty if only a signature is known
  /// @param given the parameters that are axes, which the caller names after `over`
  record Wanted(String callee, Optional<String> parameter, Set<String> given) {
    static Wanted of(Callee callee, String parameter) {
      var axes = new LinkedHashSet<String>();
      for (Parameter one : callee.parameters()) {
        if (one instanceof Parameter.AxisParameter) axes.add(one.name().text());
      }
      return new Wanted("`" + callee.name() + "`", Optional.of(parameter), axes);
    }

    String text(TypeSyntax type) {
      String name = parameter.map(known -> known + ": ").orElse("");
      return callee + " takes `" + name + Describe.type(type) + "`";
    }
  }

  /// Declares every parameter in `scope`. Axes and dimensions come first, since shapes mention
  /// them.
  void bind(
      List<Parameter> parameters,
      Map<String, Datum.Given> given,
      Scope scope,
      Frame caller,
      Callee callee) {
    for (Parameter parameter : parameters) {
      Datum.Given argument = given.get(parameter.name().text());
      if (argument != null && isDimension(parameter)) {
        dimension(parameter, argument, scope, caller);
      }
    }
    boolean abandoned = false;
    for (Parameter parameter : parameters) {
      Datum.Given argument = given.get(parameter.name().text());
      if (argument != null && isDimension(parameter)) continue;
      try {
        if (argument != null) value(parameter, argument, callee, scope, caller);
        else byDefault(parameter, scope, callee);
      } catch (Abandoned e) {
        scope.declare(parameter.name().text(), Datum.POISON, parameter.name().span());
        abandoned = true;
      }
    }
    if (abandoned) throw new Abandoned();
  }

  static boolean isDimension(Parameter parameter) {
    return switch (parameter) {
      case Parameter.AxisParameter _ -> true;
      case Parameter.ValueParameter(_, TypeSyntax.ScalarType(var kind, _), _, _) ->
          kind == TypeSyntax.ScalarType.Kind.DIM;
      case Parameter.ValueParameter _ -> false;
    };
  }

  /// Declares a parameter that the call leaves out.
  void byDefault(Parameter parameter, Scope scope, Callee callee) {
    if (parameter instanceof Parameter.ValueParameter(_, _, var byDefault, _)
        && byDefault.isPresent()) {
      Datum datum = evaluator.evaluate(byDefault.get(), scope);
      var given = new Datum.Given(datum, byDefault.get().span());
      value(parameter, given, callee, scope, scope.frame());
      return;
    }
    evaluator.calls.requireGiven(parameter, Map.of(), callee.call());
  }

  /// Declares one parameter with a value in the names of `giver`.
  void value(Parameter parameter, Datum.Given given, Callee callee, Scope scope, Frame giver) {
    if (isDimension(parameter)) {
      dimension(parameter, given, scope, giver);
      return;
    }
    var declared = (Parameter.ValueParameter) parameter;
    var wanted = Wanted.of(callee, declared.name().text());
    Datum bound = bound(declared.type(), wanted, given, scope, giver);
    scope.declare(declared.name().text(), bound, declared.name().span());
  }

  private Datum bound(TypeSyntax type, Wanted wanted, Datum.Given given, Scope scope, Frame giver) {
    if (given.value() instanceof Datum.Poison) throw new Abandoned();
    return switch (type) {
      case TypeSyntax.TensorType _ -> evaluator.tensors.tensor(type, given, wanted, scope, giver);
      case TypeSyntax.OptionalType(var inner, _) ->
          given.value() instanceof Datum.None
              ? Datum.NONE
              : bound(inner, wanted, given, scope, giver);
      case TypeSyntax.FunctionType signature -> function(signature, given, scope, giver);
      case TypeSyntax.ScalarType _,
          TypeSyntax.ListType _,
          TypeSyntax.TupleType _,
          TypeSyntax.NamedType _,
          TypeSyntax.ErrorType _ -> {
        Datum value =
            given.value() instanceof Datum.BlockName(var definition, var home)
                ? new Datum.Description(definition, home, Map.of(), giver)
                : given.value();
        evaluator.types.check(type, value, given.span());
        yield carry(value, wanted.parameter().orElseThrow(), scope.frame(), giver, given.span());
      }
    };
  }

  /// The value in the names of the callee: a number that depends on dimensions gets a name of its
  /// own.
  private Datum carry(Datum datum, String name, Frame frame, Frame giver, Span span) {
    if (frame == giver) return datum;
    return switch (datum) {
      case Datum.Whole(var dim, var factors) when !dim.isConstant() ->
          Datum.Whole.of(frame.bind(name, dim, factors, giver.canonical(dim), span));
      case Datum.Items(var values, boolean complete) ->
          new Datum.Items(
              values.stream().map(value -> carry(value, name, frame, giver, span)).toList(),
              complete);
      default -> datum;
    };
  }

  private void dimension(Parameter parameter, Datum.Given given, Scope scope, Frame giver) {
    String name = parameter.name().text();
    Dim dim =
        switch (given.value()) {
          case Datum.Whole(var outer, var factors) ->
              scope.frame().bind(name, outer, factors, giver.canonical(outer), given.span());
          case Datum.Unknown _ ->
              scope.frame().bindRigid(name, Dim.named(session.unique(name)), given.span());
          default -> {
            var diagnostic =
                Diagnostic.of(
                        parameter instanceof Parameter.AxisParameter ? NOT_AN_AXIS : WRONG_TYPE,
                        given.span(),
                        "`"
                            + name
                            + "` is a dimension, and this is "
                            + Describe.kind(given.value()))
                    .also(parameter.span(), "declared here");
            if (given.value() instanceof Datum.None) {
              diagnostic = diagnostic.help("give a value for `none`: `... ?? value`");
            }
            throw session.fail(diagnostic);
          }
        };
    scope.declare(name, Datum.Whole.of(dim), parameter.name().span());
  }

  private Datum function(
      TypeSyntax.FunctionType signature, Datum.Given given, Scope scope, Frame giver) {
    evaluator.types.check(signature, given.value(), given.span());
    Datum target =
        switch (given.value()) {
          case Datum.BlockName(var definition, var home) ->
              new Datum.Description(definition, home, Map.of(), giver);
          default -> given.value();
        };
    var fitted = new Datum.Fitted(signature, scope, target, signature.span());
    new Fit(evaluator).check(fitted, given.span());
    return fitted;
  }
}
