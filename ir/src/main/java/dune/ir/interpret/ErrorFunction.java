package dune.ir.interpret;

/// The error function, to a few units in the last place.
final class ErrorFunction {
  private ErrorFunction() {}

  /// `erf(x) = 2 / sqrt(pi) * exp(-x^2) * sum over n of 2^n x^(2n + 1) / (1 * 3 * .. * (2n + 1))`
  /// (DLMF 7.6.2). All terms have the sign of `x`, so nothing cancels. Beyond 6 the result is 1 in
  /// double precision.
  static double erf(double x) {
    if (Double.isNaN(x)) return x;
    if (Math.abs(x) > 6) return Math.signum(x);
    double term = x;
    double sum = x;
    for (int n = 1; Math.abs(term) > Math.abs(sum) * 1e-18; n++) {
      term *= 2 * x * x / (2 * n + 1);
      sum += term;
    }
    return Math.clamp(2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum, -1, 1);
  }
}
