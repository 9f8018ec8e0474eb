package dune.passes.time;

import dune.ir.Value;
import java.util.Optional;

/// What the analysis knows of a value.
///
/// @param position the number, where it is computed from positions alone
/// @param truth for `bool`: the answer, as far as it depends on positions
/// @param masked what the value is behind a mask
/// @param cached a cached value on whose slots the value has its key axis
record Facts(
    Optional<Linear> position, Predicate truth, Optional<Masked> masked, Optional<Value> cached) {
  static final Facts NONE =
      new Facts(Optional.empty(), new Predicate.Unknown(), Optional.empty(), Optional.empty());

  static Facts ofPosition(Linear position) {
    return new Facts(Optional.of(position), NONE.truth, Optional.empty(), Optional.empty());
  }

  /// A number that is the same everywhere.
  static Facts ofConstant(double number) {
    return new Facts(
        Optional.of(Linear.constant(number)),
        new Predicate.Always(number != 0),
        Optional.of(Masked.constant(number)),
        Optional.empty());
  }

  /// A `bool` that is false where `truth` is.
  static Facts ofTruth(Predicate truth) {
    return new Facts(Optional.empty(), truth, Optional.of(new Masked(truth, 0)), Optional.empty());
  }

  static Facts ofMasked(Optional<Masked> masked) {
    return new Facts(Optional.empty(), NONE.truth, masked, Optional.empty());
  }

  Facts with(Optional<Value> other) {
    return new Facts(position, truth, masked, other);
  }

  Facts withPosition(Optional<Linear> other) {
    return new Facts(other, truth, masked, cached);
  }
}
