package dune.models;

import static org.assertj.core.api.Assertions.assertThat;

import dune.frontend.elaborate.Settings;
import dune.ir.Elem;
import dune.ir.Program;
import dune.ir.Weight;
import dune.ir.interpret.Array;
import dune.ir.interpret.Interpreter;
import dune.ir.interpret.StateStore;
import dune.passes.time.Derivation;
import dune.passes.time.StepOptions;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/// Continuing step by step gives what the whole sequence at once gives, for random small models of
/// every family.
final class DecodingTest {
  private static final int VOCABULARY = 11;
  private static final long CAPACITY = 40;

  @Property(tries = 60, seed = "17")
  @Label("prefill in chunks equals score, for rows of different length")
  void chunksEqualTheWhole(
      @ForAll @IntRange(min = 0, max = 5) int family,
      @ForAll @IntRange(min = 1, max = 2) int groups,
      @ForAll @IntRange(min = 1, max = 3) int keyHeads,
      @ForAll @IntRange(min = 1, max = 9) int window,
      @ForAll @IntRange(min = 1, max = 20) int chunk,
      @ForAll @IntRange(min = 1, max = 24) int steps,
      @ForAll @IntRange(min = 1, max = 24) int others,
      @ForAll Random random) {
    Program program = program(family, groups, keyHeads, window);
    Map<String, Array> weights = weights(program, random);
    int[] lengths = {steps, others};
    long[][] tokens = new long[2][];
    for (int row = 0; row < 2; row++) {
      tokens[row] = random.longs(lengths[row], 0, VOCABULARY).toArray();
    }
    var continued =
        switch (Derivation.step(Derivation.score(program), new StepOptions(CAPACITY, chunk))) {
          case Derivation.Outcome.Continues(Program derived) -> derived;
          case Derivation.Outcome.Recomputes(var reasons) -> throw new AssertionError(reasons);
        };
    var interpreter = new Interpreter(continued, weights::get);
    double[][] stepwise = continueRows(interpreter, tokens, chunk, random);
    for (int row = 0; row < 2; row++) {
      var whole =
          interpreter
              .run(
                  "score",
                  Map.of("tokens", Array.ints(new long[] {1, lengths[row]}, tokens[row])),
                  Map.of(),
                  new StateStore())
              .outputs()
              .get("logits")
              .data();
      double largest = Arrays.stream(whole).map(Math::abs).max().orElseThrow();
      for (int i = 0; i < whole.length; i++) {
        assertThat(Math.abs(whole[i] - stepwise[row][i])).isLessThanOrEqualTo(1e-9 * largest);
      }
    }
  }

  private static Program program(int family, int groups, int keyHeads, int window) {
    String[] names = {"llama", "mistral", "mixtral", "gpt2", "qwen2", "phi3"};
    int heads = groups * keyHeads;
    var values = new LinkedHashMap<String, String>();
    values.put("V", String.valueOf(VOCABULARY));
    values.put("D", String.valueOf(4 * heads));
    values.put("F", "10");
    values.put("L", "2");
    values.put("H", String.valueOf(heads));
    switch (names[family]) {
      case "gpt2" -> values.put("P", String.valueOf(CAPACITY));
      case "mixtral" -> {
        values.put("E", "3");
        values.put("KV", String.valueOf(keyHeads));
        values.put("window", String.valueOf(window));
      }
      case "llama" -> values.put("KV", String.valueOf(keyHeads));
      case "qwen2" -> {
        values.put("KV", String.valueOf(keyHeads));
        values.put("window", String.valueOf(window));
        values.put("sliding", "[false, true]");
      }
      default -> {
        values.put("KV", String.valueOf(keyHeads));
        values.put("window", String.valueOf(window));
      }
    }
    var elaborated = Shipped.elaborate(names[family], Settings.defaults(Elem.F64).with(values));
    assertThat(elaborated.diagnostics().list()).isEmpty();
    return elaborated.program().orElseThrow();
  }

  private static Map<String, Array> weights(Program program, Random random) {
    var weights = new HashMap<String, Array>();
    for (Weight weight : program.weights()) {
      long[] shape = weight.type().shape().evaluate(Map.of());
      int count = (int) Arrays.stream(shape).reduce(1, (a, b) -> a * b);
      weights.put(
          weight.path(), Array.of(Elem.F64, shape, random.doubles(count, -0.7, 0.7).toArray()));
    }
    return weights;
  }

  /// Feeds both rows in chunks, the shorter one padded with rubbish, and collects the logits of
  /// real steps.
  private static double[][] continueRows(
      Interpreter interpreter, long[][] tokens, int chunk, Random random) {
    var states = new StateStore();
    var logits = new double[2][];
    for (int row = 0; row < 2; row++) logits[row] = new double[tokens[row].length * VOCABULARY];
    int longest = Math.max(tokens[0].length, tokens[1].length);
    for (int at = 0; at < longest; at += chunk) {
      int width = Math.min(chunk, longest - at);
      long[] given = random.longs(2L * width, 0, VOCABULARY).toArray();
      long[] start = new long[2];
      long[] count = new long[2];
      for (int row = 0; row < 2; row++) {
        start[row] = Math.min(at, tokens[row].length);
        count[row] = Math.clamp(tokens[row].length - at, 0, width);
        for (int i = 0; i < count[row]; i++) given[row * width + i] = tokens[row][at + i];
      }
      double[] result =
          interpreter
              .run(
                  "step",
                  Map.of(
                      "tokens", Array.ints(new long[] {2, width}, given),
                      "start", Array.ints(new long[] {2}, start),
                      "count", Array.ints(new long[] {2}, count)),
                  Map.of("S", Math.max(start[0], start[1]) + width),
                  states)
              .outputs()
              .get("logits")
              .data();
      for (int row = 0; row < 2; row++) {
        System.arraycopy(
            result,
            row * width * VOCABULARY,
            logits[row],
            (int) start[row] * VOCABULARY,
            (int) count[row] * VOCABULARY);
      }
    }
    return logits;
  }
}
