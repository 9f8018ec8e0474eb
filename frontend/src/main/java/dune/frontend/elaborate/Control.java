package dune.frontend.elaborate;

import static dune.frontend.diagnostic.ErrorCode.BAD_CONDITION;
import static dune.frontend.diagnostic.ErrorCode.NOT_ITERABLE;
import static dune.frontend.diagnostic.ErrorCode.NO_MATCHING_CASE;
import static dune.frontend.diagnostic.ErrorCode.WRONG_TYPE;

import dune.frontend.ast.BinaryOperator;
import dune.frontend.ast.Body;
import dune.frontend.ast.Expression;
import dune.frontend.ast.MatchCase;
import dune.frontend.diagnostic.Diagnostic;
import dune.frontend.source.Span;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/// `if`, `match`, `for` and comprehensions: decided and unrolled while the model is elaborated.
final class Control {
  private final Evaluator evaluator;
  private final Session session;

  Control(Evaluator evaluator) {
    this.evaluator = evaluator;
    this.session = evaluator.session;
  }

  Datum comprehension(Expression.Comprehension comprehension, Scope scope) {
    Datum.Items source = iterate(comprehension.source(), scope);
    var elements = new ArrayList<Datum>();
    for (Datum value : source.values()) {
      session.turn(comprehension.span());
      Scope inner = scope.inner();
      inner.declare(comprehension.variable().text(), value, comprehension.variable().span());
      elements.add(evaluator.evaluate(comprehension.element(), inner));
    }
    return new Datum.Items(elements, source.complete());
  }

  /// What a loop over constants walks through.
  private Datum.Items iterate(Expression source, Scope scope) {
    if (source instanceof Expression.Range(var from, var to, var by, var span)) {
      return range(
          evaluator.evaluate(from, scope),
          evaluator.evaluate(to, scope),
          by.map(step -> evaluator.evaluate(step, scope)),
          span,
          scope);
    }
    Datum value = evaluator.evaluate(source, scope);
    return switch (value) {
      case Datum.Items items -> items;
      case Datum.Settings(var config) -> evaluator.names.items(config);
      case Datum.Unknown _ -> new Datum.Items(List.of(new Datum.Unknown("value")), false);
      default ->
          throw session.fail(
              Diagnostic.of(
                      NOT_ITERABLE,
                      source.span(),
                      "a range or a list is needed here, not " + Describe.kind(value))
                  .help("write `0 .. n` for the numbers below n"));
    };
  }

  private Datum.Items range(Datum from, Datum to, Optional<Datum> by, Span span, Scope scope) {
    OptionalLong first = evaluator.constant(from, scope);
    OptionalLong end = evaluator.constant(to, scope);
    OptionalLong step = by.isPresent() ? evaluator.constant(by.get(), scope) : OptionalLong.of(1);
    for (Datum bound : by.isPresent() ? List.of(from, to, by.get()) : List.of(from, to)) {
      if (!(bound instanceof Datum.Whole || bound instanceof Datum.Unknown)) {
        throw session.fail(
            WRONG_TYPE, span, "a range needs whole numbers, not " + Describe.kind(bound));
      }
    }
    if (first.isEmpty() || end.isEmpty() || step.isEmpty()) {
      return new Datum.Items(
          List.of(from instanceof Datum.Whole ? from : new Datum.Unknown("int")), false);
    }
    if (step.getAsLong() <= 0)
      throw session.fail(NOT_ITERABLE, span, "a range needs a step above 0");
    if ((end.getAsLong() - first.getAsLong()) / step.getAsLong() > 100_000) {
      throw session.fail(
          NOT_ITERABLE, span, "a range of more than 100000 numbers cannot be unrolled");
    }
    var values = new ArrayList<Datum>();
    for (long i = first.getAsLong(); i < end.getAsLong(); i += step.getAsLong())
      values.add(Datum.Whole.of(i));
    return new Datum.Items(values, true);
  }

  Datum loop(Expression.For loop, Scope scope) {
    if (!(loop.source() instanceof Expression.Range)) {
      Datum source = evaluator.evaluate(loop.source(), scope);
      if (source instanceof Datum.Whole(var axis, _))
        return evaluator.scans.scan(loop, axis, scope);
    }
    for (Datum value : iterate(loop.source(), scope).values()) {
      session.turn(loop.source().span());
      Scope inner = scope.inner();
      inner.declare(loop.variable().text(), value, loop.variable().span());
      evaluator.statements(loop.body(), inner, Optional.empty());
    }
    return Datum.UNIT;
  }

  Datum conditional(
      Expression condition,
      Body then,
      Optional<Body> otherwise,
      Span span,
      Scope scope,
      Optional<List<Axis>> written) {
    Datum test = evaluator.evaluate(condition, scope);
    return switch (test) {
      case Datum.Truth(boolean value) -> {
        if (value) yield evaluator.statements(then, scope.inner(), written);
        yield otherwise.isPresent()
            ? evaluator.statements(otherwise.get(), scope.inner(), written)
            : Datum.UNIT;
      }
      // Not known while a definition is checked by itself: both branches must be right.
      case Datum.Unknown _ -> {
        Datum first = attempt(then, scope.inner(), written);
        Datum second =
            otherwise.isPresent() ? attempt(otherwise.get(), scope.inner(), written) : Datum.UNIT;
        if (first instanceof Datum.Poison || second instanceof Datum.Poison) throw new Abandoned();
        yield either(first, second);
      }
      case Tensor _ ->
          throw session.fail(
              Diagnostic.of(
                      BAD_CONDITION,
                      condition.span(),
                      "`if` decides at compile time, and this is a tensor")
                  .help("`where(condition, a, b)` chooses for each element"));
      default ->
          throw session.fail(
              BAD_CONDITION,
              condition.span(),
              "`if` needs true or false, not " + Describe.kind(test));
    };
  }

  private static Datum either(Datum first, Datum second) {
    if (first instanceof Datum.None || first instanceof Datum.Unknown) return second;
    if (Arithmetic.isNumber(first) && !first.equals(second)) return new Datum.Unknown("number");
    return first;
  }

  private Datum attempt(Body body, Scope scope, Optional<List<Axis>> written) {
    try {
      return evaluator.statements(body, scope, written);
    } catch (Abandoned e) {
      return Datum.POISON;
    }
  }

  Datum match(Expression.Match match, Scope scope, Optional<List<Axis>> written) {
    Datum subject = evaluator.evaluate(match.subject(), scope);
    if (subject instanceof Datum.Unknown) {
      Datum result = Datum.NONE;
      for (MatchCase one : match.cases()) {
        result = either(result, evaluator.statements(one.value(), scope.inner(), written));
      }
      return result;
    }
    for (MatchCase one : match.cases()) {
      if (one.isElse()) return evaluator.statements(one.value(), scope.inner(), written);
      for (Expression pattern : one.patterns()) {
        var place = new Arithmetic.Place(pattern.span(), scope.frame(), Optional.empty());
        Datum same =
            evaluator.arithmetic.binary(
                BinaryOperator.EQUAL, subject, evaluator.evaluate(pattern, scope), place);
        if (same instanceof Datum.Truth(boolean value) && value) {
          return evaluator.statements(one.value(), scope.inner(), written);
        }
      }
    }
    String cases =
        match.cases().stream()
            .flatMap(one -> one.patterns().stream())
            .map(pattern -> "`" + pattern.span().text() + "`")
            .collect(Collectors.joining(", "));
    throw session.fail(
        Diagnostic.of(
                NO_MATCHING_CASE,
                match.subject().span(),
                Describe.kind(subject) + " matches no case")
            .note("the cases are " + cases));
  }

  // Bodies.
}
