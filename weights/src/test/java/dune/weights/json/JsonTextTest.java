package dune.weights.json;

import static org.assertj.core.api.Assertions.assertThat;

import dune.ir.checkpoint.Json;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class JsonTextTest {
  private static String real(double value) {
    return JsonText.write(new Json.Real(value)).strip();
  }

  /// What Python 3 prints for the same numbers.
  @ParameterizedTest
  @CsvSource({
    "1e-5, 1e-05",
    "1e-6, 1e-06",
    "1.5e-7, 1.5e-07",
    "0.0001, 0.0001",
    "10000, 10000.0",
    "500000, 500000.0",
    "0.02, 0.02",
    "-2.5e-30, -2.5e-30",
    "1e15, 1000000000000000.0",
    "1e16, 1e+16",
    "1e100, 1e+100",
    "0, 0.0",
    "Infinity, Infinity",
    "NaN, NaN"
  })
  void realsAreWrittenAsPythonDoes(double value, String text) {
    assertThat(real(value)).isEqualTo(text);
  }

  @Property(tries = 1000, seed = "1")
  void everyRealComesBack(@ForAll double value) {
    assertThat(Double.parseDouble(real(value))).isEqualTo(value);
  }
}
