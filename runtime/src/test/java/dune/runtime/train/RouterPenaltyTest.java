package dune.runtime.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dune.frontend.diagnostic.Diagnostics;
import dune.frontend.elaborate.Elaborator;
import dune.frontend.elaborate.Settings;
import dune.ir.Elem;
import dune.ir.Program;
import dune.ir.interpret.Array;
import dune.ir.interpret.Interpreter;
import dune.ir.interpret.StateStore;
import dune.passes.Compiler;
import dune.passes.Optimization;
import dune.passes.pass.Observer;
import dune.passes.train.LossDerivation;
import dune.runtime.library.ModelFile;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What Mixtral's routers add to the loss: `E * sum(f * P)` of each layer, and of these the mean,
/// where `f` is how many of the k choices of a token fall on an expert, on average, and `P` the
/// mean of its share before the best are chosen (arXiv 2101.03961, section 2.2; transformers'
/// `load_balancing_loss_func` of one layer). Layers are not put together before that, since layers
/// that each use their own two experts would count as balanced.
final class RouterPenaltyTest {
  private static final int EXPERTS = 4;
  private static final int CHOSEN = 2;
  private static final int LAYERS = 3;
  private static final int WIDTH = 8;
  private static final double BALANCE = 0.3;
  private static final long[] TOKENS = {3, 9, 1, 4, 10, 2, 7, 0};

  private static Program program(Optimization level) {
    ModelFile model = ModelFile.read(Path.of("mixtral"), new Diagnostics()).orElseThrow();
    var sizes = new LinkedHashMap<>(Map.of("V", "11", "H", "2", "KV", "1", "F", "6"));
    sizes.putAll(Map.of("D", "" + WIDTH, "L", "" + LAYERS, "balance", "" + BALANCE));
    sizes.putAll(Map.of("E", "" + EXPERTS, "k", "" + CHOSEN));
    Settings settings = Settings.defaults(Elem.F32).with(sizes).with(Settings.Purpose.TRAINING);
    Program written =
        Elaborator.elaborate(model.text(), model.sources(), settings).program().orElseThrow();
    return Compiler.compileLoss(written, level, 4, Observer.NONE).program();
  }

  /// All that the loss gives but the loss, added up.
  private static double penalty(Program program, Map<String, Array> weights) {
    Array tokens = Array.ints(new long[] {2, 4}, TOKENS);
    Map<String, Array> found =
        new Interpreter(program, weights::get)
            .run(
                LossDerivation.FUNCTION,
                Map.of("tokens", tokens, "targets", tokens),
                Map.of(),
                new StateStore())
            .outputs();
    assertThat(found).hasSize(1 + LAYERS);
    return found.entrySet().stream()
        .filter(each -> !each.getKey().equals(LossDerivation.FUNCTION))
        .mapToDouble(each -> each.getValue().data()[0])
        .sum();
  }

  /// Layers that add nothing: every router sees the embeddings, normed.
  private static Map<String, Array> transparent(Program program) {
    Map<String, Array> weights = LossGradients.weights(program);
    weights.replaceAll(
        (path, array) ->
            path.endsWith("o_proj.weight") || path.contains("down_proj") || path.contains(".w2.")
                ? filled(array, 0)
                : path.contains("norm") ? filled(array, 1) : array);
    return weights;
  }

  private static Array filled(Array like, double number) {
    return Array.filled(like.elem(), like.shape(), number);
  }

  private static List<String> gates(Map<String, Array> weights) {
    return weights.keySet().stream().filter(path -> path.endsWith("gate.weight")).toList();
  }

  private static Array gate(double[] numbers) {
    return Array.of(Elem.F32, new long[] {EXPERTS, WIDTH}, numbers);
  }

  @ParameterizedTest
  @EnumSource(Optimization.class)
  void itIsTheMeanOverLayers(Optimization level) {
    Program program = program(level);
    Map<String, Array> weights = transparent(program);
    assertThat(gates(weights)).hasSize(LAYERS);
    double sum = 0;
    for (String path : gates(weights)) {
      double[] numbers =
          new Random(path.hashCode()).doubles(EXPERTS * WIDTH, -1, 1).map(x -> (float) x).toArray();
      weights.put(path, gate(numbers));
      sum += imbalance(weights.get("embed_tokens.weight").data(), numbers);
    }
    assertThat(penalty(program, weights)).isCloseTo(BALANCE * sum / LAYERS, within(1e-9));
  }

  private static double imbalance(double[] table, double[] gate) {
    var share = new double[EXPERTS];
    var chosen = new double[EXPERTS];
    for (long token : TOKENS) {
      double[] x = Arrays.copyOfRange(table, (int) token * WIDTH, (int) (token + 1) * WIDTH);
      double square = Arrays.stream(x).map(each -> each * each).sum() / WIDTH;
      double[] powers =
          IntStream.range(0, EXPERTS)
              .mapToDouble(e -> Math.exp(score(x, gate, e) / Math.sqrt(square + 1e-5)))
              .toArray();
      double all = Arrays.stream(powers).sum();
      double[] sorted = powers.clone();
      Arrays.sort(sorted);
      for (int e = 0; e < EXPERTS; e++) {
        share[e] += powers[e] / all / TOKENS.length;
        if (powers[e] >= sorted[EXPERTS - CHOSEN]) chosen[e] += 1.0 / TOKENS.length;
      }
    }
    double sum = 0;
    for (int e = 0; e < EXPERTS; e++) sum += share[e] * chosen[e];
    return EXPERTS * sum;
  }

  private static double score(double[] x, double[] gate, int expert) {
    double sum = 0;
    for (int i = 0; i < WIDTH; i++) sum += x[i] * gate[expert * WIDTH + i];
    return sum;
  }

  @ParameterizedTest
  @EnumSource(Optimization.class)
  void itIsKWhereAllWorkAlikeAndEWhereTwoDoItAll(Optimization level) {
    Program program = program(level);
    Map<String, Array> weights = transparent(program);
    for (String path : gates(weights)) weights.put(path, filled(weights.get(path), 0));
    assertThat(penalty(program, weights)).isCloseTo(BALANCE * CHOSEN, within(1e-9));

    // Each layer uses two experts of its own.
    weights.put("embed_tokens.weight", filled(weights.get("embed_tokens.weight"), 1));
    for (int layer = 0; layer < LAYERS; layer++) {
      var numbers = new double[EXPERTS * WIDTH];
      for (int e : new int[] {layer, (layer + 1) % EXPERTS}) {
        Arrays.fill(numbers, e * WIDTH, (e + 1) * WIDTH, 8);
      }
      weights.put(gates(weights).get(layer), gate(numbers));
    }
    assertThat(penalty(program, weights)).isCloseTo(BALANCE * EXPERTS, within(1e-6));
  }
}
