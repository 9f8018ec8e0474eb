package dune.runtime.sample;

import java.util.Locale;

/// Settings that must lie in a range.
final class Range {
  private Range() {}

  /// @throws IllegalArgumentException with the name, the range and the value
  static void require(boolean holds, String name, String range, double value) {
    if (holds) return;
    throw new IllegalArgumentException(
        String.format(Locale.ROOT, "%s must be %s, not %s", name, range, plain(value)));
  }

  /// Whole numbers without their point.
  static String plain(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : Double.toString(value);
  }
}
