package dune.passes.time;

import static dune.passes.model.Sketch.B;
import static dune.passes.model.Sketch.S;
import static dune.passes.model.Sketch.T;
import static org.assertj.core.api.Assertions.assertThat;

import dune.ir.Contraction.ReduceKind;
import dune.ir.Contraction.Top;
import dune.ir.Control.Scan;
import dune.ir.Elem;
import dune.ir.Elementwise.BinaryKind;
import dune.ir.Elementwise.UnaryKind;
import dune.ir.Function;
import dune.ir.FunctionBuilder;
import dune.ir.Layout.Concat;
import dune.ir.Layout.Reshape;
import dune.ir.Layout.Slice;
import dune.ir.Program;
import dune.ir.Shape;
import dune.ir.Source.Fill;
import dune.ir.Source.Random;
import dune.ir.Source.Size;
import dune.ir.Type;
import dune.ir.Value;
import dune.ir.Weight;
import dune.ir.dim.Dim;
import dune.passes.model.Sketch;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;

/// What cannot be continued, and what its author is told. The operation in question stands on line
/// 7.
final class ReasonTest {
  private static final Dim D = Dim.of(4);
  private static final double HIDDEN = Double.NEGATIVE_INFINITY;

  /// @param body from `x: [B, T, 4]` to the logits `[B, T, 4]`
  private static List<String> reasons(BiFunction<Sketch, Value, Value> body) {
    var builder = new FunctionBuilder();
    Map<String, Weight> weights = new LinkedHashMap<>();
    var sketch = new Sketch(builder, weights, "");
    Value tokens = builder.input("tokens", Type.of(Elem.INT, B, T));
    Value x = sketch.line(1).gather(sketch.weight("embed", 9, 4), tokens, 0);
    Value logits = body.apply(sketch.line(2), x);
    Function forward =
        builder.build(
            "forward", List.of(), List.of(new Function.Output("logits", logits)), List.of());
    var program = new Program("Odd", List.copyOf(weights.values()), List.of(), List.of(forward));
    return switch (Derivation.step(program, new StepOptions(16, 4))) {
      case Derivation.Outcome.Continues _ -> List.of();
      case Derivation.Outcome.Recomputes(List<Reason> reasons) ->
          reasons.stream().map(Reason::toString).toList();
    };
  }

  private static Value plusPerRow(Sketch s, Value x, Value perRow) {
    return s.add(x, s.spread(perRow, s.shape(x), 0, 2));
  }

  private static Value plusPerStep(Sketch s, Value x, Value perStep) {
    return s.add(x, s.spread(perStep, s.shape(x), 0, 1));
  }

  private static Value pairs(Sketch s, BinaryKind kind) {
    Shape shape = Shape.of(T, S);
    return s.binary(kind, s.spread(s.position(S), shape, 1), s.spread(s.position(T), shape, 0));
  }

  /// `[B, T, S]`
  private static Value scores(Sketch s, Value x) {
    return s.dot(x, s.history(x), List.of(0), List.of(0), List.of(2), List.of(2));
  }

  private static Value masked(Sketch s, Value x, double otherwise) {
    Value scores = scores(s, x);
    Value mask = s.spread(pairs(s, BinaryKind.LE), s.shape(scores), 1, 2);
    return s.select(mask, scores, s.number(otherwise));
  }

  /// Attention of `x` on itself with a mask `[B, T, S]`; the line is that of the sum.
  private static Value attend(Sketch s, Value x, Value mask) {
    Value z = s.select(mask, scores(s, x), s.number(HIDDEN));
    Value e = s.unary(UnaryKind.EXP, z);
    return s.line(7).dot(e, s.history(x), List.of(0), List.of(0), List.of(2), List.of(1));
  }

  private static Value wide(Sketch s, Value mask) {
    return s.spread(mask, Shape.of(B, T, S), 1, 2);
  }

  @Test
  void aCausalSumIsFine() {
    assertThat(reasons((s, x) -> attend(s, x, wide(s, pairs(s, BinaryKind.LE))))).isEmpty();
  }

  @Test
  void aFoldOverStepsLooksAhead() {
    assertThat(reasons((s, x) -> plusPerRow(s, x, s.line(7).reduce(ReduceKind.MEAN, x, 1))))
        .containsExactly(
            "model.dune:7: `mean` over `T` looks at all steps at once, later ones included");
  }

  @Test
  void theLengthSoFarWouldChangeWhatIsCached() {
    assertThat(
            reasons(
                (s, x) -> {
                  Value length = s.line(7).reduce(ReduceKind.MAX, s.position(T), 0);
                  return s.mul(x, s.cast(length, Elem.F64));
                }))
        .containsExactly(
            "model.dune:7: `max` over `T` of positions depends on the length so far: whatever was"
                + " computed with it would change with every step");
  }

  @Test
  void theNumberOfStepsIsTheLengthSoFar() {
    assertThat(reasons((s, x) -> s.mul(x, s.line(7).op(new Size(T, Elem.F64)))))
        .containsExactly(
            "model.dune:7: uses `T` as a number: whatever was computed with it would change with"
                + " every step");
  }

  @Test
  void aProductOverStepsLooksAhead() {
    assertThat(
            reasons(
                (s, x) -> {
                  Value all = s.line(7).dot(x, x, List.of(0), List.of(0), List.of(1), List.of(1));
                  return s.dot(x, all, List.of(0), List.of(0), List.of(2), List.of(1));
                }))
        .containsExactly(
            "model.dune:7: `dot` over `T` looks at all steps at once, later ones included");
  }

  @Test
  void noMask() {
    assertThat(
            reasons((s, x) -> plusPerStep(s, x, s.line(7).reduce(ReduceKind.MAX, scores(s, x), 2))))
        .containsExactly(
            "model.dune:7: `max` over `S` has no mask that hides the keys after the query");
  }

  @Test
  void keysWithoutAQuery() {
    assertThat(
            reasons((s, x) -> plusPerRow(s, x, s.line(7).reduce(ReduceKind.SUM, s.history(x), 1))))
        .containsExactly(
            "model.dune:7: `sum` over `S` looks at all steps at once: nothing says up to which"
                + " query");
  }

  @Test
  void aMaskThatAdmitsTheFuture() {
    assertThat(reasons((s, x) -> attend(s, x, wide(s, pairs(s, BinaryKind.GE)))))
        .containsExactly(
            "model.dune:7: `dot` over `S` has a mask that lets query 0 see the later key 1");
  }

  @Test
  void aMaskThatDependsOnData() {
    assertThat(reasons((s, x) -> attend(s, x, s.binary(BinaryKind.GT, scores(s, x), s.number(0)))))
        .containsExactly(
            "model.dune:7: `dot` over `S` has a mask that lets query 0 see the later key 1");
  }

  @Test
  void dataMayNarrowACausalMask() {
    assertThat(
            reasons(
                (s, x) -> {
                  Value data = s.binary(BinaryKind.GT, scores(s, x), s.number(0));
                  return attend(
                      s, x, s.binary(BinaryKind.AND, data, wide(s, pairs(s, BinaryKind.LE))));
                }))
        .isEmpty();
  }

  @Test
  void aLargeNumberIsNotMinusInfinity() {
    assertThat(
            reasons(
                (s, x) ->
                    plusPerStep(s, x, s.line(7).reduce(ReduceKind.MAX, masked(s, x, -1e9), 2))))
        .containsExactly(
            "model.dune:7: `max` over `S` is masked with `-1000000000`, which is not out of the"
                + " way: mask with `-inf`");
  }

  @Test
  void aNumberThatIsTooLargeForALongIsWrittenAsItIs() {
    assertThat(
            reasons(
                (s, x) ->
                    plusPerStep(s, x, s.line(7).reduce(ReduceKind.MAX, masked(s, x, -1e30), 2))))
        .containsExactly(
            "model.dune:7: `max` over `S` is masked with `-1.0E30`, which is not out of the"
                + " way: mask with `-inf`");
  }

  @Test
  void aMeanOverKeysCountsThemAll() {
    assertThat(
            reasons(
                (s, x) -> plusPerStep(s, x, s.line(7).reduce(ReduceKind.MEAN, masked(s, x, 0), 2))))
        .containsExactly(
            "model.dune:7: `mean` over `S` divides by the number of all steps: divide a masked sum"
                + " by a masked count");
  }

  @Test
  void aShiftBySlicesMovesWithTheLength() {
    assertThat(
            reasons(
                (s, x) -> {
                  Value zeros = s.op(new Fill(0, Type.of(Elem.F64, B, Dim.ONE, D)));
                  Value before = s.line(7).op(new Slice(x, 1, Dim.ZERO, T.minus(Dim.ONE), 1));
                  return s.line(8).add(x, s.op(new Concat(List.of(zeros, before), 1)));
                }))
        .containsExactly(
            "model.dune:7: takes a part of `T`, which moves when steps are added; a scan (`for t in"
                + " T`) can look back");
  }

  @Test
  void aReshapeThatMixesSteps() {
    assertThat(
            reasons(
                (s, x) -> {
                  Value mixed = s.line(7).op(new Reshape(x, Shape.of(B, D, T)));
                  return s.add(x, s.permute(mixed, 0, 2, 1));
                }))
        .containsExactly(
            "model.dune:7: makes [B, 4, T] of [B, T, 4], and so mixes `T` with other axes");
  }

  @Test
  void topOverSteps() {
    assertThat(
            reasons(
                (s, x) -> {
                  Value turned = s.permute(x, 0, 2, 1);
                  Value best =
                      s.builder().emitAll(new Top(turned, Dim.ONE), s.line(7).origin()).getFirst();
                  return plusPerRow(s, x, s.reshape(best, B, D));
                }))
        .containsExactly("model.dune:7: `top` over `T` lets steps compete with one another");
  }

  @Test
  void onePickedStep() {
    assertThat(reasons((s, x) -> plusPerRow(s, x, s.line(7).gather(x, s.count(0), 1))))
        .containsExactly(
            "model.dune:7: picks from `T` by number: which step that is, is not known ahead");
  }

  @Test
  void randomNumbersForEveryStep() {
    assertThat(
            reasons(
                (s, x) -> s.mul(x, s.line(7).op(new Random("noise", Type.of(Elem.F64, B, T, D))))))
        .containsExactly("model.dune:7: draws random numbers for every step");
  }

  @Test
  void aFoldOverRows() {
    assertThat(
            reasons(
                (s, x) -> {
                  Value mean = s.line(7).reduce(ReduceKind.MEAN, x, 0);
                  return s.sub(x, s.spread(mean, s.shape(x), 1, 2));
                }))
        .containsExactly("model.dune:7: `mean` over `B` mixes rows that do not belong together");
  }

  @Test
  void whatAScanEndsWith() {
    assertThat(
            reasons(
                (s, x) -> {
                  Value zeros = s.op(new Fill(0, Type.of(Elem.F64, B, D)));
                  FunctionBuilder body =
                      s.builder().region(List.of(Type.scalar(Elem.INT), Type.of(Elem.F64, B, D)));
                  Sketch in = s.in(body);
                  Value now = in.gather(x, body.arguments().getFirst(), 1);
                  Value sum = in.add(body.arguments().get(1), now);
                  var region = body.buildRegion(List.of(sum));
                  Value last = s.line(7).op(new Scan(T, List.of(zeros), body.captured(), region));
                  return plusPerRow(s, x, last);
                }))
        .containsExactly(
            "model.dune:7: uses what a loop over `T` ends with: that changes with every step");
  }

  @Test
  void aProblemInAScanIsReportedAtItsPlace() {
    assertThat(
            reasons(
                (s, x) -> {
                  Value zeros = s.op(new Fill(0, Type.of(Elem.F64, B, D)));
                  FunctionBuilder body =
                      s.builder().region(List.of(Type.scalar(Elem.INT), Type.of(Elem.F64, B, D)));
                  Value mean = s.in(body).line(7).reduce(ReduceKind.MEAN, x, 1);
                  var region = body.buildRegion(List.of(mean, mean));
                  var scan = new Scan(T, List.of(zeros), body.captured(), region);
                  Value values = s.builder().emitAll(scan, s.line(9).origin()).get(1);
                  return s.add(x, s.permute(values, 1, 0, 2));
                }))
        .containsExactly(
            "model.dune:7: `mean` over `T` looks at all steps at once, later ones included");
  }

  @Test
  void aProblemOfEveryLayerIsReportedOnce() {
    assertThat(
            reasons(
                (s, x) -> {
                  Value y = x;
                  for (int i = 0; i < 3; i++) {
                    Sketch layer = s.in("layers." + i).line(7);
                    y = plusPerRow(layer, y, layer.reduce(ReduceKind.MEAN, y, 1));
                  }
                  return y;
                }))
        .hasSize(1);
  }

  @Test
  void oneFaultOfAMaskIsReportedOnce() {
    assertThat(
            reasons(
                (s, x) -> {
                  Value z =
                      s.select(wide(s, pairs(s, BinaryKind.GE)), scores(s, x), s.number(HIDDEN));
                  Value top = s.line(7).reduce(ReduceKind.MAX, z, 2);
                  Value e =
                      s.line(8).unary(UnaryKind.EXP, s.sub(z, s.spreadWithout(top, s.shape(z), 2)));
                  return plusPerStep(s, x, s.reduce(ReduceKind.SUM, e, 2));
                }))
        .containsExactly(
            "model.dune:7: `max` over `S` has a mask that lets query 0 see the later key 1");
  }
}
