package dune.ir;

/// How a weight begins before it is trained.
public sealed interface Initializer {
  /// Normally distributed around 0 with standard deviation `deviation`.
  record Normal(double deviation) implements Initializer {}

  /// Uniformly distributed in `[-bound, bound)`.
  record Uniform(double bound) implements Initializer {}

  /// The same number everywhere.
  record Constant(double value) implements Initializer {}
}
