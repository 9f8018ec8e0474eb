package dune.ir.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dune.ir.interpret.Array;
import java.util.Arrays;
import java.util.Map;

/// Compares arrays by the largest difference over the largest magnitude.
public final class Agreement {
  private Agreement() {}

  /// The largest difference over the largest magnitude of `expected`; infinite if the shapes differ
  /// or one holds a NaN or an infinity where the other does not.
  public static double error(Array expected, Array actual) {
    if (!Arrays.equals(expected.shape(), actual.shape())) {
      return Double.POSITIVE_INFINITY;
    }
    double largest = 0;
    double difference = 0;
    for (int i = 0; i < expected.count(); i++) {
      double e = expected.data()[i];
      double a = actual.data()[i];
      if (Double.compare(e, a) == 0) continue;
      if (!Double.isFinite(e) || !Double.isFinite(a)) return Double.POSITIVE_INFINITY;
      difference = Math.max(difference, Math.abs(e - a));
    }
    for (double e : expected.data()) {
      if (Double.isFinite(e)) largest = Math.max(largest, Math.abs(e));
    }
    return difference == 0 ? 0 : difference / largest;
  }

  /// Fails unless the arrays have one type and agree within the tolerance; integers and truth
  /// values must be equal.
  public static void assertAgree(Array expected, Array actual, double tolerance) {
    assertThat(actual.elem()).isEqualTo(expected.elem());
    double allowed = expected.elem().isFloat() ? tolerance : 0;
    assertThat(error(expected, actual))
        .as(() -> "error over largest magnitude; expected " + expected + ", found " + actual)
        .isLessThanOrEqualTo(allowed);
  }

  /// Fails unless all outputs have the same names and agree within the tolerance.
  public static void assertAgree(
      Map<String, Array> expected, Map<String, Array> actual, double tolerance) {
    assertThat(actual.keySet()).isEqualTo(expected.keySet());
    expected.forEach((name, array) -> assertAgree(array, actual.get(name), tolerance));
  }
}
