package dune.runtime.template;

import dune.runtime.template.Expression.And;
import dune.runtime.template.Expression.Attribute;
import dune.runtime.template.Expression.Binary;
import dune.runtime.template.Expression.Call;
import dune.runtime.template.Expression.Captured;
import dune.runtime.template.Expression.Comparison;
import dune.runtime.template.Expression.Concatenation;
import dune.runtime.template.Expression.Conditional;
import dune.runtime.template.Expression.Constant;
import dune.runtime.template.Expression.Filter;
import dune.runtime.template.Expression.Index;
import dune.runtime.template.Expression.Macro;
import dune.runtime.template.Expression.Mapping;
import dune.runtime.template.Expression.Name;
import dune.runtime.template.Expression.Not;
import dune.runtime.template.Expression.Or;
import dune.runtime.template.Expression.Passed;
import dune.runtime.template.Expression.Sequence;
import dune.runtime.template.Expression.Slice;
import dune.runtime.template.Expression.Test;
import dune.runtime.template.Expression.Unary;
import dune.runtime.template.Value.Dict;
import dune.runtime.template.Value.Function;
import dune.runtime.template.Value.Items;
import dune.runtime.template.Value.Loop;
import dune.runtime.template.Value.Text;
import dune.runtime.template.Value.Undefined;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Computes expressions.
final class Evaluator {
  private final Renderer renderer;
  private final Budget budget;

  Evaluator(Renderer renderer, Budget budget) {
    this.renderer = renderer;
    this.budget = budget;
  }

  /// @throws TemplateFailure with the line of the innermost expression that fails
  Value evaluate(Expression expression, Scope scope) {
    try {
      budget.enter();
      Value value = value(expression, scope);
      budget.spend(size(value));
      budget.leave();
      return value;
    } catch (TemplateFailure failure) {
      throw failure.at(expression.line());
    }
  }

  private static long size(Value value) {
    return switch (value) {
      case Text(String text) -> text.length();
      case Items(var values, _) -> values.size();
      case Dict(var entries) -> entries.size();
      case Value.None _, Undefined _, Value.Bool _, Value.Int _, Value.Real _ -> 0;
      case Function _, Value.Iterator _, Value.Namespace _, Loop _ -> 0;
    };
  }

  boolean isTrue(Expression expression, Scope scope) {
    return Convert.truth(evaluate(expression, scope));
  }

  private Value value(Expression expression, Scope scope) {
    return switch (expression) {
      case Constant(_, Value value) -> value;
      case Name(_, String name) -> scope.get(name);
      case Sequence(_, var kind, var items) -> new Items(all(items, scope), kind);
      case Mapping mapping -> dict(mapping, scope);
      case Attribute(_, var object, String name) ->
          Members.attribute(evaluate(object, scope), name);
      case Index(_, var object, var key) ->
          Members.index(evaluate(object, scope), evaluate(key, scope));
      case Slice(_, var object, var from, var to, var step) ->
          Members.slice(
              evaluate(object, scope),
              from.map(bound -> evaluate(bound, scope)),
              to.map(bound -> evaluate(bound, scope)),
              step.map(bound -> evaluate(bound, scope)));
      case Call(_, var function, var passed) ->
          call(evaluate(function, scope), arguments(passed, scope));
      case Filter(_, String name, var subject, var passed) ->
          Filters.apply(name, evaluate(subject, scope), arguments(passed, scope));
      case Test(_, String name, var subject, var passed) ->
          Value.of(Checks.holds(name, evaluate(subject, scope), arguments(passed, scope)));
      case Unary(_, String operator, var operand) ->
          Numbers.unary(operator, evaluate(operand, scope));
      case Binary(_, String operator, var left, var right) ->
          Numbers.binary(operator, evaluate(left, scope), evaluate(right, scope));
      case And(_, var left, var right) -> {
        Value first = evaluate(left, scope);
        yield Convert.truth(first) ? evaluate(right, scope) : first;
      }
      case Or(_, var left, var right) -> {
        Value first = evaluate(left, scope);
        yield Convert.truth(first) ? first : evaluate(right, scope);
      }
      case Not(_, var operand) -> Value.of(!isTrue(operand, scope));
      case Comparison comparison -> Value.of(holds(comparison, scope));
      case Concatenation(_, var parts) -> concatenation(parts, scope);
      case Conditional(_, var condition, var then, var otherwise) ->
          isTrue(condition, scope)
              ? evaluate(then, scope)
              : otherwise
                  .map(value -> evaluate(value, scope))
                  .orElseGet(() -> new Undefined("an `if` without `else` has no value"));
      case Captured(_, var body) -> Value.of(renderer.text(body, scope.inner()));
      case Macro macro -> new Function(macro.name(), given -> expand(macro, given, scope));
    };
  }

  private List<Value> all(List<Expression> expressions, Scope scope) {
    List<Value> values = new ArrayList<>();
    for (Expression expression : expressions) values.add(evaluate(expression, scope));
    return values;
  }

  private Value dict(Mapping mapping, Scope scope) {
    Map<Value, Value> entries = new LinkedHashMap<>();
    for (var entry : mapping.entries()) {
      entries.put(evaluate(entry.key(), scope), evaluate(entry.value(), scope));
    }
    return new Dict(entries);
  }

  private boolean holds(Comparison comparison, Scope scope) {
    Value left = evaluate(comparison.first(), scope);
    for (var step : comparison.steps()) {
      Value right = evaluate(step.operand(), scope);
      if (!Comparisons.holds(step.operator(), left, right)) return false;
      left = right;
    }
    return true;
  }

  private Value concatenation(List<Expression> parts, Scope scope) {
    var text = new StringBuilder();
    for (Expression part : parts) {
      String piece = Convert.text(evaluate(part, scope));
      PythonText.requireSize((long) text.length() + piece.length());
      text.append(piece);
    }
    return Value.of(text.toString());
  }

  private Arguments arguments(Passed passed, Scope scope) {
    List<Value> positional = all(passed.positional(), scope);
    Map<String, Value> named = new LinkedHashMap<>();
    passed.named().forEach((name, value) -> named.put(name, evaluate(value, scope)));
    passed.spread().ifPresent(more -> positional.addAll(Convert.items(evaluate(more, scope))));
    passed.spreadNamed().ifPresent(more -> named.putAll(spread(evaluate(more, scope))));
    return new Arguments(positional, named);
  }

  private static Map<String, Value> spread(Value value) {
    if (!(value instanceof Dict(var entries))) {
      throw new TemplateFailure("`**` needs a dictionary, not " + Convert.kind(value));
    }
    Map<String, Value> named = new LinkedHashMap<>();
    entries.forEach((name, entry) -> named.put(Convert.text(name), entry));
    return named;
  }

  private static Value call(Value function, Arguments arguments) {
    Numbers.requireDefined(function);
    if (function instanceof Function(_, var body)) return body.call(arguments);
    if (function instanceof Loop loop && loop.again() instanceof Function(_, var body)) {
      return body.call(arguments);
    }
    throw new TemplateFailure(Convert.kind(function) + " cannot be called");
  }

  private Value expand(Macro macro, Arguments given, Scope defining) {
    Scope scope = defining.inner();
    List<Macro.Parameter> parameters = macro.parameters();
    Map<String, Value> named = new LinkedHashMap<>(given.named());
    Optional<Value> caller =
        macro.takesCaller() ? Optional.ofNullable(named.remove("caller")) : Optional.empty();
    for (int i = 0; i < parameters.size(); i++) {
      String name = parameters.get(i).name();
      Optional<Value> value =
          i < given.size()
              ? Optional.of(given.positional().get(i))
              : Optional.ofNullable(named.remove(name));
      scope.set(name, value.orElseGet(() -> missing(macro, name)));
    }
    // Defaults see the other arguments.
    for (int i = given.size(); i < parameters.size(); i++) {
      var parameter = parameters.get(i);
      if (given.named().containsKey(parameter.name())) continue;
      parameter.otherwise().ifPresent(value -> scope.set(parameter.name(), evaluate(value, scope)));
    }
    if (macro.takesCaller()) {
      scope.set("caller", caller.orElseGet(() -> new Undefined("no caller is given")));
    }
    takeMore(macro, given.after(parameters.size()), named, scope);
    return Value.of(renderer.text(macro.body(), scope));
  }

  private static void takeMore(Macro macro, Arguments more, Map<String, Value> named, Scope scope) {
    if (macro.takesMore()) {
      scope.set("varargs", new Items(more.positional(), Items.Kind.TUPLE));
    } else if (more.size() > 0) {
      throw new TemplateFailure(
          "the macro `%s` takes at most %d arguments"
              .formatted(macro.name(), macro.parameters().size()));
    }
    if (macro.takesMoreNamed()) {
      scope.set("kwargs", Value.dict(named));
    } else if (!named.isEmpty()) {
      throw new TemplateFailure(
          "the macro `%s` has no argument `%s`"
              .formatted(macro.name(), named.keySet().iterator().next()));
    }
  }

  private static Value missing(Macro macro, String name) {
    return new Undefined(
        "the argument `%s` of the macro `%s` is missing".formatted(name, macro.name()));
  }
}
