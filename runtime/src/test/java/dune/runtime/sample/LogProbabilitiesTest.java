package dune.runtime.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class LogProbabilitiesTest {
  @Test
  void exponentialsAddUpToOne() {
    float[] logits = {0.5f, -3, 80, 79.5f, 2};
    LogProbabilities all = LogProbabilities.of(logits);
    double sum = IntStream.range(0, 5).mapToDouble(id -> Math.exp(all.of(id))).sum();
    assertThat(sum).isCloseTo(1, within(1e-12));
    assertThat(all.of(2) - all.of(3)).isCloseTo(0.5, within(1e-12));
  }

  @Test
  void largeLogitsDoNotOverflow() {
    LogProbabilities all = LogProbabilities.of(new float[] {1e38f, 1e38f, -1e38f});
    assertThat(all.of(0)).isCloseTo(-Math.log(2), within(1e-6));
    assertThat(all.of(2)).isCloseTo(-2e38, within(1e31));
  }

  @Test
  void theLikeliestComeFirstAndEqualOnesInOrder() {
    LogProbabilities all = LogProbabilities.of(new float[] {1, 2, 2, 3});
    assertThat(all.first(3)).extracting(LogProbabilities.Likely::token).containsExactly(3, 1, 2);
    assertThat(all.first(9)).hasSize(4);
    assertThat(all.first(0)).isEmpty();
    assertThat(all.likely(1)).isEqualTo(all.first(2).get(1));
  }

  @Test
  void whatCannotBeHasNoProbability() {
    LogProbabilities all = LogProbabilities.of(new float[] {Float.NEGATIVE_INFINITY, 0});
    assertThat(all.of(0)).isEqualTo(Double.NEGATIVE_INFINITY);
    assertThat(all.of(1)).isZero();
  }

  @Test
  void whereNothingCanBeSaidThereIsNoNumber() {
    assertThat(LogProbabilities.of(new float[] {1, Float.NaN}).of(0)).isNaN();
    assertThat(LogProbabilities.of(new float[] {1, Float.POSITIVE_INFINITY}).of(0)).isNaN();
    assertThat(LogProbabilities.of(new float[] {Float.NEGATIVE_INFINITY}).of(0)).isNaN();
  }

  @Test
  void logitsMayLieInALargerArray() {
    LogProbabilities all = LogProbabilities.of(new float[] {5, 1, 1, 5}, 1, 3);
    assertThat(all.of(1)).isCloseTo(-Math.log(2), within(1e-12));
    assertThat(all.first(5)).extracting(LogProbabilities.Likely::token).containsExactly(0, 1);
  }
}
