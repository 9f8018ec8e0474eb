package dune.runtime.train;

/// The learning rate of each step: up in a line to `peak`, then down along half a cosine to
/// `floor`, and from there on `floor`.
///
/// @param warmup steps before `peak`
/// @param total steps until `floor`
public record Schedule(double peak, double floor, int warmup, int total) {
  /// @throws IllegalArgumentException if the rates are not positive, or the warm-up is longer than
  ///   all
  public Schedule {
    if (!(peak > 0 && floor >= 0 && floor <= peak)) {
      throw new IllegalArgumentException("from " + peak + " to " + floor);
    }
    if (warmup < 0 || total < warmup) {
      throw new IllegalArgumentException(warmup + " of " + total + " steps to warm up");
    }
  }

  /// @param step counted from 0
  public double rate(int step) {
    if (step < warmup) return peak * (step + 1) / (warmup + 1);
    if (step >= total) return floor;
    double done = (double) (step - warmup) / (total - warmup);
    return floor + 0.5 * (1 + Math.cos(Math.PI * done)) * (peak - floor);
  }
}
