package dune.passes.time;

import java.util.Optional;

/// A number that is computed from positions: `query * q + key * k + offset`.
record Linear(double query, double key, double offset) {
  static final Linear QUERY = new Linear(1, 0, 0);
  static final Linear KEY = new Linear(0, 1, 0);

  static Linear constant(double offset) {
    return new Linear(0, 0, offset);
  }

  boolean isConstant() {
    return query == 0 && key == 0;
  }

  Linear plus(Linear other) {
    return new Linear(query + other.query, key + other.key, offset + other.offset);
  }

  Linear times(double factor) {
    return new Linear(query * factor, key * factor, offset * factor);
  }

  Linear minus(Linear other) {
    return plus(other.times(-1));
  }

  /// The product, if one of the two is constant.
  Optional<Linear> times(Linear other) {
    if (isConstant()) return Optional.of(other.times(offset));
    if (other.isConstant()) return Optional.of(times(other.offset));
    return Optional.empty();
  }
}
