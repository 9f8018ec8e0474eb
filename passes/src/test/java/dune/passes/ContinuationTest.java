package dune.passes;

import static org.assertj.core.api.Assertions.assertThat;

import dune.ir.Program;
import dune.ir.State;
import dune.ir.interpret.StateStore;
import dune.passes.model.Continuation;
import dune.passes.model.SmallModel;
import dune.passes.pass.Observer;
import dune.passes.time.StepOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/// `step` and `next` against `score`, on the interpreter.
final class ContinuationTest {
  private static final double TOLERANCE = 1e-9;
  private static final int CAPACITY = SmallModel.LONGEST;

  /// What nobody has written holds this; it must never show.
  private static final double POISON = 1e5;

  @Provide
  Arbitrary<SmallModel> models() {
    Arbitrary<OptionalInt> window = Arbitraries.integers().between(1, 9).map(OptionalInt::of);
    Arbitrary<List<OptionalInt>> windows =
        Arbitraries.oneOf(List.of(window, Arbitraries.just(OptionalInt.empty())))
            .list()
            .ofMinSize(1)
            .ofMaxSize(3);
    return Combinators.combine(
            Arbitraries.integers().between(1, 2),
            Arbitraries.integers().between(1, 3),
            windows,
            Arbitraries.integers().between(0, 3),
            Arbitraries.of(SmallModel.Places.values()),
            Arbitraries.of(SmallModel.Mixing.values()),
            Arbitraries.of(SmallModel.Recurrence.values()),
            Arbitraries.of(SmallModel.Feeding.values()))
        .as(SmallModel::new);
  }

  @Property(tries = 300, seed = "20260101", edgeCases = EdgeCasesMode.NONE)
  void anyPiecesGiveTheScores(
      @ForAll("models") SmallModel model,
      @ForAll @IntRange(min = 1, max = 10) int chunk,
      @ForAll @IntRange(min = 1, max = CAPACITY) int first,
      @ForAll @IntRange(min = 1, max = CAPACITY) int second,
      @ForAll Optimization level,
      @ForAll long seed) {
    var random = new Random(seed);
    List<int[]> rows = List.of(tokens(random, first), tokens(random, second));
    var pieces = new ArrayList<int[]>();
    var left = new int[] {first, second};
    while (left[0] + left[1] > 0) {
      var piece = new int[2];
      for (int b = 0; b < 2; b++) {
        piece[b] = Math.min(left[b], random.nextInt(chunk + 1));
        left[b] -= piece[b];
      }
      pieces.add(piece);
    }
    check(model, level, chunk, rows, pieces);
  }

  @Example
  void chunksOfManySizesGiveTheScores() {
    var random = new Random(7);
    List<int[]> rows = List.of(tokens(random, 20), tokens(random, 7));
    for (int chunk : new int[] {1, 3, 8, 20}) {
      for (SmallModel.Mixing mixing : SmallModel.Mixing.values()) {
        var model =
            new SmallModel(
                2,
                2,
                List.of(OptionalInt.empty(), OptionalInt.of(5), OptionalInt.of(3)),
                2,
                SmallModel.Places.ROPE,
                mixing,
                SmallModel.Recurrence.SHIFT,
                SmallModel.Feeding.EXPERTS);
        var pieces = new ArrayList<int[]>();
        for (int at = 0; at < 20; at += chunk) {
          pieces.add(new int[] {Math.min(chunk, 20 - at), Math.clamp(7 - at, 0, chunk)});
        }
        check(model, Optimization.O1, chunk, rows, pieces);
      }
    }
  }

  private static void check(
      SmallModel model, Optimization level, int chunk, List<int[]> rows, List<int[]> pieces) {
    var runs =
        new Continuation(
            Continuation.poisoned(derive(model, new StepOptions(CAPACITY, chunk), level), POISON),
            11);
    double[][][] logits = runs.steps(rows, pieces, chunk, new StateStore());
    double[][][] last = runs.nexts(rows, pieces, chunk, new StateStore());
    for (int b = 0; b < rows.size(); b++) {
      double[][] scores = runs.score(rows.get(b));
      for (int t = 0; t < scores.length; t++)
        close(logits[b][t], scores[t], "row " + b + " step " + t);
      int end = 0;
      for (int call = 0; call < pieces.size(); call++) {
        end += pieces.get(call)[b];
        if (pieces.get(call)[b] > 0) {
          close(last[call][b], scores[end - 1], "row " + b + " call " + call);
        }
      }
    }
  }

  /// Another sequence in a row whose state still holds the one before.
  @Example
  void aRowBeginsAnewAtStartZero() {
    var model =
        new SmallModel(
            1,
            2,
            List.of(OptionalInt.of(4), OptionalInt.empty()),
            1,
            SmallModel.Places.ROPE,
            SmallModel.Mixing.SOFTMAX,
            SmallModel.Recurrence.MATRIX,
            SmallModel.Feeding.LOOP);
    var runs = new Continuation(derive(model, new StepOptions(CAPACITY, 4)), 11);
    var states = new StateStore();
    var random = new Random(3);
    for (int length : new int[] {20, 9, 15}) {
      int[] row = tokens(random, length);
      var pieces = new ArrayList<int[]>();
      for (int at = 0; at < length; at += 4) pieces.add(new int[] {Math.min(4, length - at)});
      double[][] logits = runs.steps(List.of(row), pieces, 4, states)[0];
      double[][] scores = runs.score(row);
      for (int t = 0; t < length; t++)
        close(logits[t], scores[t], "length " + length + " step " + t);
    }
  }

  @Example
  void aWindowKeepsNoMoreSlotsThanItNeeds() {
    var model =
        new SmallModel(
            1,
            1,
            List.of(OptionalInt.of(5), OptionalInt.empty()),
            2,
            SmallModel.Places.NONE,
            SmallModel.Mixing.SOFTMAX,
            SmallModel.Recurrence.NONE,
            SmallModel.Feeding.DENSE);
    // 2 sinks, a window of 5, a chunk of 3, and the slot that takes padding.
    assertThat(slots(derive(model, new StepOptions(CAPACITY, 3)))).containsExactly(10, 10, 25, 25);
    // A window that is no smaller than the capacity.
    assertThat(slots(derive(model, new StepOptions(9, 3)))).containsExactly(10, 10, 10, 10);
  }

  @Example
  void aLatentIsCachedWhereItIsRenamed() {
    var model =
        new SmallModel(
            2,
            1,
            List.of(OptionalInt.empty()),
            0,
            SmallModel.Places.ROPE,
            SmallModel.Mixing.LATENT,
            SmallModel.Recurrence.NONE,
            SmallModel.Feeding.DENSE);
    assertThat(derive(model, new StepOptions(CAPACITY, 3)).states().stream().map(State::toString))
        .containsExactly("State[name=layers.0.attn.past0, type=f64[B, 25, 3], initial=0.0]");
  }

  private static List<Integer> slots(Program program) {
    return program.states().stream()
        .map(state -> (int) state.type().dim(1).size().orElseThrow())
        .toList();
  }

  private static Program derive(SmallModel model, StepOptions options) {
    return derive(model, options, Optimization.O1);
  }

  private static Program derive(SmallModel model, StepOptions options, Optimization level) {
    Compiled compiled = Compiler.compile(model.lower(), level, options, Observer.NONE);
    assertThat(compiled.reasons()).isEmpty();
    return compiled.program();
  }

  private static int[] tokens(Random random, int length) {
    return random.ints(length, 0, SmallModel.VOCABULARY).toArray();
  }

  private static void close(double[] actual, double[] expected, String where) {
    double largest = 0;
    double error = 0;
    for (int v = 0; v < expected.length; v++) {
      largest = Math.max(largest, Math.abs(expected[v]));
      double difference = Math.abs(actual[v] - expected[v]);
      error = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : Math.max(error, difference);
    }
    assertThat(error).as(where).isLessThanOrEqualTo(TOLERANCE * largest);
  }
}
