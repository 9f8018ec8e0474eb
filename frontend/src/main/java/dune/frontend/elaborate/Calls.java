package dune.frontend.elaborate;

import static dune.frontend.diagnostic.ErrorCode.DUPLICATE_ARGUMENT;
import static dune.frontend.diagnostic.ErrorCode.MISSING_ARGUMENT;
import static dune.frontend.diagnostic.ErrorCode.NARROWING;
import static dune.frontend.diagnostic.ErrorCode.NOT_CALLABLE;
import static dune.frontend.diagnostic.ErrorCode.NO_FORWARD;
import static dune.frontend.diagnostic.ErrorCode.RESULT_MISMATCH;
import static dune.frontend.diagnostic.ErrorCode.TOO_MANY_ARGUMENTS;
import static dune.frontend.diagnostic.ErrorCode.UNKNOWN_ARGUMENT;
import static dune.frontend.diagnostic.ErrorCode.WRONG_COUNT;

import dune.frontend.ast.Argument;
import dune.frontend.ast.AxisSyntax;
import dune.frontend.ast.Body;
import dune.frontend.ast.Expression;
import dune.frontend.ast.Identifier;
import dune.frontend.ast.Item;
import dune.frontend.ast.Parameter;
import dune.frontend.ast.TypeSyntax;
import dune.frontend.diagnostic.Diagnostic;
import dune.frontend.resolve.Suggest;
import dune.frontend.source.Span;
import dune.ir.Elem;
import dune.ir.dim.Dim;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Calls: hands arguments over from the caller's frame to the callee's, and results back.
final class Calls {
  private final Evaluator evaluator;
  private final Session session;
  private final Binder binder;

  Calls(Evaluator evaluator) {
    this.evaluator = evaluator;
    this.session = evaluator.session;
    this.binder = new Binder(evaluator);
  }

  Binder binder() {
    return binder;
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
      case Datum.Fitted fitted -> fitted(fitted, call, scope);
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
          binder.bind(definition.parameters(), given, scope, caller, callee);
          Datum result =
              result(definition.result(), definition.body(), scope, definition.parameters());
          return export(result, scope.frame(), caller, span);
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
          binder.bind(forward.parameters(), given, scope, caller, callee);
          Datum result = result(forward.result(), forward.body(), scope, forward.parameters());
          return export(result, scope.frame(), caller, span);
        });
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

  /// Calls what was handed over as a parameter, through the signature of that parameter.
  private Datum fitted(Datum.Fitted fitted, Expression.Call call, Scope scope) {
    var parameters = fitted.signature().parameters();
    var passed = arguments(call, scope);
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
    return fitted(
        fitted,
        passed.stream().map(one -> new Datum.Given(one.value(), one.span())).toList(),
        "`" + call.callee().span().text() + "`",
        scope.frame(),
        call.span());
  }

  /// @param name what the caller calls it
  Datum fitted(Datum.Fitted fitted, List<Datum.Given> given, String name, Frame caller, Span span) {
    Scope scope = fitted.scope().inner(Frame.within(fitted.scope().frame()));
    var tensors = new ArrayList<Tensor>();
    for (int i = 0; i < given.size(); i++) {
      tensors.add(
          binder.tensor(
              fitted.signature().parameters().get(i),
              given.get(i),
              new Binder.Wanted(name, Optional.empty(), Set.of()),
              scope,
              caller));
    }
    Datum result = positional(fitted.target(), tensors, fitted, scope, span);
    return export(result, scope.frame(), caller, span);
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
                    binder.positional(
                        definition.parameters(), tensors, scope, signature.frame(), span);
                    return result(
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
            Item.Forward forward = requireForward(instance, span);
            yield session.within(
                span,
                instance.path(),
                () -> {
                  Scope scope = instance.scope().inner(Frame.within(instance.frame()));
                  binder.positional(forward.parameters(), tensors, scope, signature.frame(), span);
                  return result(forward.result(), forward.body(), scope, forward.parameters());
                });
          }
          case Datum.Fitted inner ->
              fitted(
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
              new Datum.Start(new dune.ir.Initializer.Constant(0)),
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

  /// A result in the names of the caller.
  Datum export(Datum datum, Frame callee, Frame caller, Span span) {
    return switch (datum) {
      case Tensor tensor ->
          new Tensor(
              tensor.axes().stream().map(axis -> export(axis, callee, caller, span)).toList(),
              tensor.elem(),
              tensor.value(),
              span);
      case Datum.Whole(var dim, _) -> Datum.Whole.of(export(dim, callee, caller, span));
      case Datum.Items(var values, boolean complete) ->
          new Datum.Items(
              values.stream().map(value -> export(value, callee, caller, span)).toList(), complete);
      case Datum.Parts(var values) ->
          new Datum.Parts(
              values.stream().map(value -> export(value, callee, caller, span)).toList());
      default -> datum;
    };
  }

  private Axis export(Axis axis, Frame callee, Frame caller, Span span) {
    Dim dim = export(axis.dim(), callee, caller, span);
    var factors =
        axis.factors().isEmpty()
            ? axis.dim().name().flatMap(callee::atom).map(Frame.Atom::factors).orElse(List.of())
            : axis.factors().stream().map(factor -> export(factor, callee, caller, span)).toList();
    return new Axis(dim, factors.stream().allMatch(caller::knows) ? factors : List.of());
  }

  private Dim export(Dim dim, Frame callee, Frame caller, Span span) {
    if (dim.isConstant() || callee == caller) return dim;
    Dim canonical = callee.canonical(dim);
    // What the creator wrote comes first: sizes that are plain numbers cannot tell names apart.
    for (Dim outer : List.of(callee.outer(dim, caller), callee.outer(dim))) {
      if (caller.knows(outer) && caller.canonical(outer).equals(canonical)) return outer;
    }
    Optional<Dim> local = caller.local(canonical);
    if (local.isPresent()) return local.get();
    // An axis that the caller has no name for, such as the keys of an attention that returns its
    // scores.
    String hint = dim.name().orElse("axis").replace("'", "");
    return caller.bindRigid(hint, canonical, span);
  }
}
