package dune.runtime.sample;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// Draws follow the probabilities that Hugging Face's logits processors, in their order, give the
/// same logits.
final class SamplerGoldenTest {
  private static final int DRAWS = 20_000;

  /// The 0.1 % points of chi-square with 1 to 11 degrees of freedom.
  private static final double[] RARE = {
    10.83, 13.82, 16.27, 18.47, 20.52, 22.46, 24.32, 26.12, 27.88, 29.59, 31.26
  };

  @TestFactory
  Stream<DynamicTest> drawsFollowTheReference() throws IOException {
    JsonNode golden =
        new ObjectMapper()
            .readTree(Path.of("src/test/resources/sample/processors.golden.json").toFile());
    float[] logits = new float[golden.path("logits").size()];
    for (int i = 0; i < logits.length; i++) logits[i] = golden.path("logits").get(i).floatValue();
    var prompt = new ArrayList<Integer>();
    golden.path("prompt").forEach(token -> prompt.add(token.intValue()));
    return golden
        .path("cases")
        .valueStream()
        .map(
            one ->
                DynamicTest.dynamicTest(
                    one.toString().replaceFirst(",\"probabilities.*", "}"),
                    () -> fits(one, logits, prompt)));
  }

  private static void fits(JsonNode one, float[] logits, List<Integer> prompt) {
    double[] counted = new double[logits.length];
    // Each draw is the first of its sampler, since later ones are penalised for what was drawn.
    for (int seed = 0; seed < DRAWS; seed++) {
      counted[new Sampler(settings(one, seed), prompt).next(logits)]++;
    }
    double chiSquare = 0;
    int cells = 0;
    double rareCount = 0;
    double rareExpected = 0;
    for (int id = 0; id < logits.length; id++) {
      double expected = one.path("probabilities").get(id).doubleValue() * DRAWS;
      if (expected == 0) {
        assertThat(counted[id]).as("token %d is filtered", id).isZero();
      } else if (expected < 10) {
        rareCount += counted[id];
        rareExpected += expected;
      } else {
        chiSquare += (counted[id] - expected) * (counted[id] - expected) / expected;
        cells++;
      }
    }
    if (rareExpected > 0) {
      chiSquare += (rareCount - rareExpected) * (rareCount - rareExpected) / rareExpected;
      cells++;
    }
    assertThat(chiSquare).isLessThan(RARE[cells - 2]);
  }

  private static SamplingSettings settings(JsonNode one, long seed) {
    return new SamplingSettings(
        one.path("temperature").doubleValue(),
        one.path("top_k").intValue(),
        one.path("top_p").doubleValue(),
        one.path("min_p").doubleValue(),
        new Penalties(one.path("repetition_penalty").doubleValue(), 0, 0),
        seed);
  }
}
