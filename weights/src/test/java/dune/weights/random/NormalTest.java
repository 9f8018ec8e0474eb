package dune.weights.random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dune.ir.Initializer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class NormalTest {
  /// Values of tables of the normal distribution.
  @ParameterizedTest
  @CsvSource({
    "0.5, 0",
    "0.975, 1.959963984540054",
    "0.001, -3.090232306167813",
    "1e-10, -6.361340902404056",
    "1e-20, -9.262340089798408"
  })
  void quantilesAreThoseOfTheTables(double probability, double value) {
    assertThat(Normal.quantile(probability)).isCloseTo(value, within(1e-12));
  }

  @Test
  void bitsAreProbabilities() {
    assertThat(Normal.of(0)).isBetween(-9.2, -9.1);
    assertThat(Normal.of(-1)).isBetween(9.1, 9.2);
    assertThat(Normal.of(Long.MIN_VALUE)).isZero();
    assertThat(Normal.of(Long.MIN_VALUE >>> 1)).isEqualTo(Normal.quantile(0.25));
    for (int i = 1; i < 64; i++) {
      long bits = (long) i << 58;
      assertThat(Normal.of(bits)).isGreaterThan(Normal.of(bits - (1L << 20)));
    }
  }

  /// The largest distance to the distribution function (Kolmogorov's test), and the moments.
  @Test
  void aMillionDrawsAreNormal() {
    double[] values = new double[1_000_000];
    new Draws(new Initializer.Normal(1), 1, "weight").fill(values, values.length, 0, 1);
    assertThat(Arrays.stream(values).average().orElseThrow()).isCloseTo(0, within(0.004));
    assertThat(Arrays.stream(values).map(x -> x * x).average().orElseThrow())
        .isCloseTo(1, within(0.006));
    assertThat(Arrays.stream(values).map(x -> x * x * x * x).average().orElseThrow())
        .isCloseTo(3, within(0.04));
    Arrays.sort(values);
    for (int i = 500; i < values.length; i += 1000) {
      double expected = Normal.quantile((i + 0.5) / values.length);
      double density = Math.exp(-expected * expected / 2) / Math.sqrt(2 * Math.PI);
      assertThat((values[i] - expected) * density).isCloseTo(0, within(0.00163));
    }
  }

  @Test
  void uniformDrawsFillTheirRange() {
    double[] values = new double[1_000_000];
    new Draws(new Initializer.Uniform(0.5), 1, "weight").fill(values, values.length, 0, 1);
    Arrays.sort(values);
    for (int i = 0; i < values.length; i += 1000) {
      assertThat(values[i]).isCloseTo((double) i / values.length - 0.5, within(0.00163));
    }
    assertThat(values[0]).isGreaterThanOrEqualTo(-0.5);
    assertThat(values[values.length - 1]).isLessThan(0.5);
  }

  @Test
  void anElementDependsOnSeedPathAndPlaceOnly() {
    double[] all = new double[100];
    double[] some = new double[10];
    new Draws(new Initializer.Normal(2), 7, "a.weight").fill(all, 100, 0, 1);
    new Draws(new Initializer.Normal(2), 7, "a.weight").fill(some, 10, 3, 7);
    for (int i = 0; i < 10; i++) assertThat(some[i]).isEqualTo(all[3 + 7 * i]);
    new Draws(new Initializer.Normal(2), 8, "a.weight").fill(some, 10, 0, 1);
    assertThat(some).isNotEqualTo(Arrays.copyOf(all, 10));
    new Draws(new Initializer.Normal(2), 7, "b.weight").fill(some, 10, 0, 1);
    assertThat(some).isNotEqualTo(Arrays.copyOf(all, 10));
  }
}
