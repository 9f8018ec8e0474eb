package dune.runtime.plot;

import java.util.Locale;
import java.util.stream.IntStream;

/// Round numbers along an axis: 1, 2 or 5 times a power of ten apart. They reach as far as what is
/// drawn, or a little further.
///
/// @param first the lowest
/// @param step from one to the next
/// @param count how many there are
public record Ticks(double first, double step, int count) {
  /// @param most how many steps there may be, 1 or more
  public static Ticks around(double low, double high, int most) {
    double range = high > low ? high - low : Math.max(1e-9, Math.abs(high));
    double power = Math.pow(10, Math.floor(Math.log10(range / most)));
    for (double times : new double[] {1, 2, 5, 10, 20, 50}) {
      double step = times * power;
      double first = Math.floor(low / step + 1e-9);
      double last = Math.ceil(high / step - 1e-9);
      if (last == first) last++;
      if (last - first <= most) return new Ticks(first * step, step, (int) (last - first) + 1);
    }
    throw new IllegalArgumentException("no ticks from " + low + " to " + high);
  }

  public double last() {
    return value(count - 1);
  }

  public double value(int index) {
    return first + index * step;
  }

  public double[] values() {
    return IntStream.range(0, count).mapToDouble(this::value).toArray();
  }

  /// With as many digits as the step has.
  public String label(double value) {
    int digits = Math.max(0, (int) -Math.floor(Math.log10(step) + 1e-9));
    return String.format(Locale.ROOT, "%,." + digits + "f", value == 0 ? 0.0 : value);
  }
}
