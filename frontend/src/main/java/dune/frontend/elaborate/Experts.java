package dune.frontend.elaborate;

import static dune.frontend.diagnostic.ErrorCode.EXPERTS_DIFFER;
import static dune.frontend.diagnostic.ErrorCode.EXPERT_SIGNATURE;

import dune.frontend.ast.Expression;
import dune.frontend.diagnostic.Diagnostic;
import dune.frontend.source.Span;
import dune.ir.Control;
import dune.ir.FunctionBuilder;
import dune.ir.Region;
import dune.ir.Source;
import dune.ir.Type;
import dune.ir.Value;
import dune.ir.dim.Dim;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// `experts[e](x)`: runs for every token the blocks that `e` names. All experts share one body,
/// evaluated once.
final class Experts {
  private final Evaluator evaluator;
  private final Session session;

  Experts(Evaluator evaluator) {
    this.evaluator = evaluator;
    this.session = evaluator.session;
  }

  Datum call(Datum.Selected selected, Expression.Call call, Scope scope) {
    Span span = call.span();
    Frame frame = scope.frame();
    var passed = evaluator.calls.arguments(call, scope);
    if (passed.size() != 1 || !(passed.getFirst().value() instanceof Tensor x)) {
      throw session.fail(EXPERT_SIGNATURE, span, "experts take one tensor");
    }
    if (selected.experts().values().isEmpty()) {
      throw session.fail(EXPERT_SIGNATURE, span, "there are no experts to choose from");
    }
    Tensor choice = selected.choice();
    // The axes of the choice but its last are those of the tokens; the one that is left of x is the
    // features.
    var lead = choice.axes().subList(0, Math.max(0, choice.rank() - 1));
    var features = x.axes().stream().filter(axis -> !choice.has(axis.dim())).toList();
    boolean fits =
        choice.rank() > 0
            && lead.stream().allMatch(axis -> x.has(axis.dim()))
            && features.size() == 1;
    if (!fits) {
      throw session.fail(
          Diagnostic.of(
                  EXPERT_SIGNATURE,
                  span,
                  "the choice is int"
                      + choice.shapeText()
                      + ", and the tokens are "
                      + x.shapeText())
              .help(
                  "`experts[e](x)` needs `x: [..., D]` and `e: int[..., k]` with the same leading"
                      + " axes"));
    }
    var order = new ArrayList<>(lead.stream().map(Axis::dim).toList());
    order.add(features.getFirst().dim());
    Tensor tokens = evaluator.alignment.permute(x, order, span);

    String rows = frame.unused("rows");
    Dim row = frame.bindRigid(rows, Dim.named(session.unique("rows")), span);
    var rowType =
        new Type(x.elem(), session.shape(frame, List.of(Axis.of(row), features.getFirst()), span));
    FunctionBuilder region = session.builder().region(List.of(rowType));
    Tensor argument =
        new Tensor(
            List.of(Axis.of(row), features.getFirst()),
            x.elem(),
            region.arguments().getFirst(),
            span);
    Datum first = selected.experts().values().getFirst();
    Tensor result = session.into(region, () -> one(first, argument, frame, span));
    if (result.rank() != 2 || !result.dims().getFirst().equals(row)) {
      throw session.fail(
          Diagnostic.of(
                  EXPERT_SIGNATURE,
                  span,
                  "an expert maps features to features, and this gives " + result.shapeText())
              .help("its signature must be `[..., D] -> [..., N]`, so that it cannot mix tokens"));
    }
    Region body = region.buildRegion(List.of(result.value()));
    Value output =
        dispatch(selected.experts().values(), tokens, choice, body, region.captured(), span);
    var axes = new ArrayList<>(choice.axes());
    axes.add(result.axes().get(1));
    return new Tensor(axes, result.elem(), output, span);
  }

  private Tensor one(Datum expert, Tensor argument, Frame frame, Span span) {
    var given = List.of(new Datum.Given(argument, span));
    Datum result =
        switch (expert) {
          case Datum.Fitted fitted ->
              evaluator.fittedCalls.call(fitted, given, "the expert", frame, span);
          case Datum.Member(var instance) -> {
            var forward = evaluator.calls.requireForward(instance, span);
            var named =
                java.util.Map.of(forward.parameters().getFirst().name().text(), given.getFirst());
            yield evaluator.calls.forward(instance, forward, named, frame, span);
          }
          case Datum.Unknown _ -> argument;
          default ->
              throw session.fail(
                  EXPERT_SIGNATURE, span, "an expert is a block, not " + Describe.kind(expert));
        };
    if (result instanceof Tensor tensor) return tensor;
    throw session.fail(
        EXPERT_SIGNATURE, span, "an expert gives one tensor, not " + Describe.kind(result));
  }

  /// Sorts what the body captures into what each expert has for itself and what all share.
  private Value dispatch(
      List<Datum> experts,
      Tensor tokens,
      Tensor choice,
      Region body,
      List<Value> captured,
      Span span) {
    Optional<Instance> model = instance(experts.getFirst());
    String prefix = model.map(Instance::path).orElse("");
    var own = new ArrayList<Integer>();
    var shared = new ArrayList<Integer>();
    for (int i = 0; i < captured.size(); i++) {
      Optional<String> path = weight(captured.get(i));
      boolean belongs =
          path.isPresent() && !prefix.isEmpty() && path.get().startsWith(prefix + ".");
      (belongs ? own : shared).add(i);
    }
    var captures = new ArrayList<List<Value>>();
    for (Datum expert : experts) {
      Optional<Instance> instance = instance(expert);
      requireAlike(model, instance, span);
      var values = new ArrayList<Value>();
      for (int i : own) {
        String path = weight(captured.get(i)).orElseThrow();
        String renamed = instance.orElseThrow().path() + path.substring(prefix.length());
        Type type = session.outermost().of(captured.get(i));
        values.add(
            session.outermost().emit(new Source.Weight(renamed, type), session.origin(span)));
      }
      captures.add(values);
    }
    var arguments = new ArrayList<Value>();
    arguments.add(body.arguments().getFirst());
    for (int i : own) arguments.add(body.arguments().get(i + 1));
    for (int i : shared) arguments.add(body.arguments().get(i + 1));
    var sorted = new Region(arguments, body.nodes(), body.results());
    return session.emit(
        new Control.Dispatch(
            tokens.value(),
            choice.value(),
            captures,
            shared.stream().map(captured::get).toList(),
            sorted),
        span);
  }

  private Optional<String> weight(Value value) {
    return session
        .outermost()
        .definition(value)
        .flatMap(
            node ->
                node.op() instanceof Source.Weight(String path, _)
                    ? Optional.of(path)
                    : Optional.empty());
  }

  private static Optional<Instance> instance(Datum expert) {
    return switch (expert) {
      case Datum.Member(var instance) -> Optional.of(instance);
      case Datum.Fitted(_, _, var target, _) -> instance(target);
      default -> Optional.empty();
    };
  }

  private void requireAlike(Optional<Instance> first, Optional<Instance> other, Span span) {
    if (first.isEmpty() || other.isEmpty()) return;
    boolean alike =
        first.get().definition() == other.get().definition()
            && first.get().frame().canonicalAtoms().equals(other.get().frame().canonicalAtoms());
    if (alike) return;
    throw session.fail(
        Diagnostic.of(
                EXPERTS_DIFFER,
                span,
                "experts of one list must be alike: `"
                    + first.get().path()
                    + "` and `"
                    + other.get().path()
                    + "` differ")
            .help("blocks of different sizes cannot be chosen by a tensor"));
  }
}
