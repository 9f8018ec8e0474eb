package dune.frontend.elaborate;

import static dune.frontend.diagnostic.ErrorCode.BAD_MASK;
import static dune.frontend.diagnostic.ErrorCode.MASK_ADMITS_FUTURE;
import static dune.frontend.diagnostic.ErrorCode.MASK_ARGUMENTS;

import dune.frontend.ast.BinaryOperator;
import dune.frontend.ast.Expression;
import dune.frontend.diagnostic.Diagnostic;
import dune.frontend.source.Span;
import dune.ir.Elem;
import dune.ir.Source;
import dune.ir.dim.Dim;
import java.util.List;
import java.util.Optional;

/// Masks: predicates over the positions of a query and a key, applied along two axes.
final class Masks {
  private final Evaluator evaluator;
  private final Session session;

  Masks(Evaluator evaluator) {
    this.evaluator = evaluator;
    this.session = evaluator.session;
  }

  /// A mask by name, with arguments if it has parameters: `within(window)` gives a mask,
  /// `allowed(query = T, key = S)` a tensor.
  Datum apply(Datum.Mask mask, Expression.Call call, Scope scope) {
    var passed = evaluator.calls.arguments(call, scope);
    boolean named =
        passed.stream()
            .anyMatch(
                one ->
                    one.name()
                        .map(name -> name.equals("query") || name.equals("key"))
                        .orElse(false));
    if (mask instanceof Datum.Mask.Leaf(var definition, var home)
        && !definition.parameters().isEmpty()
        && home.findOwn(definition.parameters().getFirst().name().text()).isEmpty()
        && !named) {
      var given =
          evaluator.calls.match(definition.parameters(), passed, call, definition.name().span());
      Scope bound = home.inner(Frame.within(home.frame()));
      evaluator.binder.bind(
          definition.parameters(),
          given,
          bound,
          scope.frame(),
          new Binder.Callee(definition.name().text(), call.span(), definition.parameters()));
      return new Datum.Mask.Leaf(definition, bound);
    }
    Dim query = axis(passed, "query", call, scope);
    Dim key = axis(passed, "key", call, scope);
    if (query.equals(key)) {
      String axis = Frame.text(query);
      throw session.fail(
          Diagnostic.of(
                  MASK_ARGUMENTS, call.span(), "the query and the key of this mask are one axis")
              .label("both are `" + axis + "`")
              .help("give the time axis of keys and values another name: `k[" + axis + " -> S]`"));
    }
    if (session.isKeys(scope.frame(), query) && session.isTime(scope.frame(), key)) {
      throw session.fail(
          Diagnostic.of(
                  MASK_ARGUMENTS, call.span(), "the query and the key of this mask are exchanged")
              .label("`" + Frame.text(query) + "` ranges over all steps so far: those are the keys")
              .help("write `query = " + Frame.text(key) + ", key = " + Frame.text(query) + "`"));
    }
    hintFuture(mask, call.span(), scope.frame());
    var written = List.of(Axis.of(query), Axis.of(key));
    Tensor queries = position(query, scope.frame(), call.span());
    Tensor keys = position(key, scope.frame(), call.span());
    Datum result = predicate(mask, queries, keys, written, scope.frame(), call.span());
    return switch (result) {
      case Tensor tensor -> tensor;
      default ->
          evaluator.types.tensor(
              result, Optional.of(Elem.BOOL), written, scope.frame(), call.span(), call.span());
    };
  }

  private Dim axis(List<Calls.Passed> passed, String name, Expression.Call call, Scope scope) {
    for (Calls.Passed one : passed) {
      if (one.name().isPresent() && one.name().get().text().equals(name)) {
        if (one.value() instanceof Datum.Whole(var dim, _)) return dim;
        throw session.fail(
            MASK_ARGUMENTS,
            one.span(),
            "`" + name + "` is an axis, not " + Describe.kind(one.value()));
      }
    }
    throw session.fail(
        Diagnostic.of(MASK_ARGUMENTS, call.span(), "a mask is applied along two axes, by name")
            .help("write `" + call.callee().span().text() + "(query = T, key = S)`"));
  }

  /// The positions along an axis as `int[axis]`.
  Tensor position(Dim axis, Frame frame, Span span) {
    Dim canonical = frame.canonical(axis);
    boolean time = canonical.equals(Session.TIME) || canonical.equals(Session.KEYS);
    var op =
        time ? new Source.Position(canonical) : new Source.Iota(session.size(frame, axis, span));
    return new Tensor(List.of(Axis.of(axis)), Elem.INT, session.emit(op, span), span);
  }

  Datum predicate(
      Datum.Mask mask, Datum query, Datum key, List<Axis> written, Frame frame, Span span) {
    var place = new Arithmetic.Place(span, frame, Optional.of(written));
    return switch (mask) {
      case Datum.Mask.Leaf(var definition, var home) ->
          leaf(definition, home, query, key, written, frame, span);
      case Datum.Mask.Both(var left, var right) ->
          evaluator.arithmetic.binary(
              BinaryOperator.AND,
              predicate(left, query, key, written, frame, span),
              predicate(right, query, key, written, frame, span),
              place);
      case Datum.Mask.Either(var left, var right) ->
          evaluator.arithmetic.binary(
              BinaryOperator.OR,
              predicate(left, query, key, written, frame, span),
              predicate(right, query, key, written, frame, span),
              place);
      case Datum.Mask.Not(var inner) ->
          evaluator.arithmetic.not(predicate(inner, query, key, written, frame, span), place);
    };
  }

  private Datum leaf(
      dune.frontend.ast.Definition.MaskDefinition definition,
      Scope home,
      Datum query,
      Datum key,
      List<Axis> written,
      Frame caller,
      Span span) {
    return session.within(
        span,
        session.path(),
        () -> {
          Frame frame = Frame.within(home.frame());
          Scope scope = home.inner(frame);
          if (!definition.parameters().isEmpty()
              && home.findOwn(definition.parameters().getFirst().name().text()).isEmpty()) {
            evaluator.binder.bind(
                definition.parameters(),
                java.util.Map.of(),
                scope,
                caller,
                new Binder.Callee(definition.name().text(), span, definition.parameters()));
          }
          // The two axes keep the names of the caller, who cannot be called by any other.
          for (Axis axis : written)
            frame.bindRigid(axis.dim().toString(), caller.canonical(axis.dim()), span);
          scope.declare("query", query, span);
          scope.declare("key", key, span);
          Datum result = evaluator.evaluate(definition.condition(), scope, Optional.of(written));
          // A mask made of other masks.
          if (result instanceof Datum.Mask inner) {
            return predicate(inner, query, key, written, frame, span);
          }
          boolean truth =
              result instanceof Datum.Truth
                  || result instanceof Datum.Unknown
                  || (result instanceof Tensor tensor && tensor.elem() == Elem.BOOL);
          if (truth) return result;
          throw session.fail(
              BAD_MASK,
              definition.condition().span(),
              "a mask is true or false for each query and key, and this is "
                  + (result instanceof Tensor tensor
                      ? "`" + tensor.elem() + "`"
                      : Describe.kind(result)));
        });
  }

  /// A model that looks ahead cannot be decoded step by step: tries the predicate on some pairs
  /// with the key ahead.
  private void hintFuture(Datum.Mask mask, Span span, Frame frame) {
    for (long query = 0; query < 6; query++) {
      for (long ahead = 1; ahead <= 3; ahead++) {
        Datum result =
            predicate(
                mask, Datum.Whole.of(query), Datum.Whole.of(query + ahead), List.of(), frame, span);
        if (result instanceof Datum.Truth(boolean allowed) && allowed) {
          session.report(
              Diagnostic.of(MASK_ADMITS_FUTURE, span, "this mask lets a step see later ones")
                  .label("a query at " + query + " sees the key at " + (query + ahead))
                  .help("for a model that generates text, add `causal and ...`"));
          return;
        }
        if (!(result instanceof Datum.Truth)) return;
      }
    }
  }
}
