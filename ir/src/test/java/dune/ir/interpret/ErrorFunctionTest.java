package dune.ir.interpret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ErrorFunctionTest {
  /// Values to 16 digits.
  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "1e-300, 1.1283791670955126e-300",
    "0.1, 0.1124629160182849",
    "0.5, 0.5204998778130465",
    "1, 0.8427007929497149",
    "1.5, 0.9661051464753108",
    "2, 0.9953222650189527",
    "3, 0.9999779095030014",
    "5, 0.9999999999984626",
    "6.5, 1",
    "Infinity, 1"
  })
  void agreesWithTables(double x, double expected) {
    assertThat(ErrorFunction.erf(x)).isCloseTo(expected, within(expected * 1e-15));
    assertThat(ErrorFunction.erf(-x)).isEqualTo(-ErrorFunction.erf(x));
  }

  @Test
  void keepsNan() {
    assertThat(ErrorFunction.erf(Double.NaN)).isNaN();
  }
}
