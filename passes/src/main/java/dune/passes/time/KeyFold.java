package dune.passes.time;

import dune.ir.Shape;
import java.util.Optional;

/// When a fold over keys is legal: what it folds must be out of the way wherever the key comes
/// after the query.
final class KeyFold {
  private KeyFold() {}

  /// What is wrong with a fold, as its author understands it.
  ///
  /// @param what the fold, as a message begins
  /// @param shape of what is folded
  /// @param masked what is known of it
  /// @param neutral what does not count in such a fold, if anything
  static Optional<String> problem(
      String what, Shape shape, Optional<Masked> masked, Optional<Double> neutral) {
    if (neutral.isEmpty()) {
      return Optional.of(
          what + " divides by the number of all steps: divide a masked sum by a masked count");
    }
    if (!Axes.hasSteps(shape)) {
      return Optional.of(what + " looks at all steps at once: nothing says up to which query");
    }
    if (masked.isEmpty()) {
      return Optional.of(what + " has no mask that hides the keys after the query");
    }
    if (masked.get().otherwise() != neutral.get()) {
      return Optional.of(
          what
              + " is masked with "
              + number(masked.get().otherwise())
              + ", which is not out of the way: mask with "
              + number(neutral.get()));
    }
    if (Reach.of(masked.get().allowed()) instanceof Reach.Future(long query, long key)) {
      return Optional.of(
          what + " has a mask that lets query " + query + " see the later key " + key);
    }
    return Optional.empty();
  }

  private static String number(double number) {
    if (Double.isInfinite(number)) return number > 0 ? "`inf`" : "`-inf`";
    boolean whole = number == Math.rint(number) && Math.abs(number) < 1e15;
    return "`" + (whole ? Long.toString((long) number) : Double.toString(number)) + "`";
  }
}
