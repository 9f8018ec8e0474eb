package dune.frontend.elaborate;

import static dune.frontend.diagnostic.ErrorCode.NOT_ITERABLE;
import static dune.frontend.diagnostic.ErrorCode.STATE_CHANGES;

import dune.frontend.ast.Body;
import dune.frontend.ast.Expression;
import dune.frontend.ast.Statement;
import dune.frontend.diagnostic.Diagnostic;
import dune.frontend.source.Span;
import dune.ir.Control;
import dune.ir.Elem;
import dune.ir.FunctionBuilder;
import dune.ir.Region;
import dune.ir.Type;
import dune.ir.Value;
import dune.ir.dim.Dim;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// `for t in T`: a loop over an axis. The `var`s that the body assigns are the state; the values of
/// the body are stacked.
final class Scans {
  private final Evaluator evaluator;
  private final Session session;

  Scans(Evaluator evaluator) {
    this.evaluator = evaluator;
    this.session = evaluator.session;
  }

  Datum scan(Expression.For loop, Dim axis, Scope scope) {
    Span span = loop.span();
    if (axis.name().isEmpty()) {
      throw session.fail(
          Diagnostic.of(
                  NOT_ITERABLE,
                  loop.source().span(),
                  "a scan runs along an axis, and this is " + Describe.kind(Datum.Whole.of(axis)))
              .help("write `0 .. " + loop.source().span().text() + "` to repeat at compile time"));
    }
    Frame frame = scope.frame();
    List<String> states = states(loop.body(), scope);
    var initial = new ArrayList<Tensor>();
    for (String name : states) initial.add(state(name, scope, span));
    var types = new ArrayList<Type>();
    types.add(Type.scalar(Elem.INT));
    for (Tensor tensor : initial) types.add(evaluator.type(tensor, frame, span));
    FunctionBuilder region = session.builder().region(types);
    var bodies = new ArrayList<Tensor>();
    Optional<Tensor> stacked =
        session.into(region, () -> body(loop, scope, states, initial, region, bodies));
    var results = new ArrayList<Value>();
    for (Tensor tensor : bodies) results.add(tensor.value());
    stacked.ifPresent(tensor -> results.add(tensor.value()));
    Region body = region.buildRegion(results);
    Dim steps = session.size(frame, axis, span);
    List<Value> outputs =
        session.emitAll(
            new Control.Scan(
                steps, initial.stream().map(Tensor::value).toList(), region.captured(), body),
            span);
    for (int i = 0; i < states.size(); i++) {
      Tensor before = initial.get(i);
      scope.assign(states.get(i), new Tensor(before.axes(), before.elem(), outputs.get(i), span));
    }
    if (stacked.isEmpty()) return Datum.UNIT;
    var axes = new ArrayList<Axis>();
    axes.add(Axis.of(axis));
    axes.addAll(stacked.get().axes());
    return new Tensor(axes, stacked.get().elem(), outputs.getLast(), span);
  }

  private Optional<Tensor> body(
      Expression.For loop,
      Scope scope,
      List<String> states,
      List<Tensor> initial,
      FunctionBuilder region,
      List<Tensor> after) {
    Scope inner = scope.inner();
    Span span = loop.variable().span();
    inner.declare(
        loop.variable().text(),
        new Tensor(List.of(), Elem.INT, region.arguments().getFirst(), span),
        span);
    for (int i = 0; i < states.size(); i++) {
      Tensor tensor = initial.get(i);
      inner.declareVariable(
          states.get(i),
          new Tensor(tensor.axes(), tensor.elem(), region.arguments().get(i + 1), tensor.born()),
          scope.find(states.get(i)).orElseThrow().declared());
    }
    Datum value = evaluator.statements(loop.body(), inner, Optional.empty());
    for (int i = 0; i < states.size(); i++) {
      Datum state = inner.find(states.get(i)).orElseThrow().value();
      if (!(state instanceof Tensor tensor)) throw new Abandoned();
      Tensor before = initial.get(i);
      // An assignment that changes the type was reported where it stands.
      if (!keepsType(before, tensor)) throw new Abandoned();
      after.add(evaluator.alignment.conform(tensor, before.axes(), scope.frame(), loop.span()));
    }
    return switch (value) {
      case Tensor tensor -> Optional.of(tensor);
      case Datum.Whole _, Datum.Real _, Datum.Unknown _ ->
          Optional.of(
              evaluator.arithmetic.tensor(
                  value,
                  session.model(),
                  new Arithmetic.Place(loop.body().span(), scope.frame(), Optional.empty())));
      default -> Optional.empty();
    };
  }

  /// The variables of the surroundings that a body assigns, in the order of their first assignment.
  private static List<String> states(Body body, Scope scope) {
    Set<String> assigned = new LinkedHashSet<>();
    collect(body, assigned);
    return assigned.stream()
        .filter(name -> scope.find(name).map(b -> b.kind() == Binding.Kind.VARIABLE).orElse(false))
        .toList();
  }

  private static void collect(Body body, Set<String> assigned) {
    for (Statement statement : body.statements()) {
      switch (statement) {
        case Statement.Assign(var name, _, _) -> assigned.add(name.text());
        case Statement.ExpressionStatement(Expression.If(_, var then, var otherwise, _), _) -> {
          collect(then, assigned);
          otherwise.ifPresent(inner -> collect(inner, assigned));
        }
        case Statement.ExpressionStatement(Expression.For(_, _, var inner, _), _) ->
            collect(inner, assigned);
        default -> {
          // Assigns nothing.
        }
      }
    }
  }

  private Tensor state(String name, Scope scope, Span span) {
    Binding binding = scope.find(name).orElseThrow();
    return switch (binding.value()) {
      case Tensor tensor -> tensor;
      case Datum.Poison _ -> throw new Abandoned();
      default ->
          throw session.fail(
              Diagnostic.of(
                      STATE_CHANGES,
                      binding.declared(),
                      "`" + name + "` is state of a scan and " + Describe.kind(binding.value()))
                  .also(span, "the scan")
                  .help("declare it with a shape: `var " + name + ": f32[] = 0`"));
    };
  }

  /// A variable keeps its axes and its element type, so that a step can hand it to the next.
  void checkAssigned(Binding binding, Datum value, Statement.Assign assign) {
    if (!(binding.value() instanceof Tensor before) || !(value instanceof Tensor after)) return;
    if (session.builder() == session.outermost()) return;
    if (keepsType(before, after)) return;
    throw session.fail(
        Diagnostic.of(
                STATE_CHANGES,
                assign.value().span(),
                "`"
                    + assign.name()
                    + "` begins as "
                    + before.elem()
                    + before.shapeText()
                    + " and becomes "
                    + after.elem()
                    + after.shapeText())
            .also(binding.declared(), "declared here")
            .help("the state of a scan has one type: declare the one that it grows into"));
  }

  private static boolean keepsType(Tensor before, Tensor after) {
    return after.elem() == before.elem() && after.dims().stream().allMatch(before::has);
  }
}
