package dune.passes.time;

import dune.ir.Contraction.ReduceKind;
import dune.ir.Elementwise.BinaryKind;
import dune.ir.Elementwise.UnaryKind;
import java.util.Optional;

/// What is known of a value behind a mask: wherever `allowed` is false, it is `otherwise`.
///
/// A number times zero counts as zero: caches hold finite numbers, also where nothing was written.
record Masked(Predicate allowed, double otherwise) {
  static Masked constant(double number) {
    return new Masked(Predicate.Always.FALSE, number);
  }

  static Optional<Masked> unary(UnaryKind kind, Masked x) {
    double c = x.otherwise;
    return switch (kind) {
      case NEG -> x.with(-c);
      case ABS -> x.with(Math.abs(c));
      case EXP -> x.with(Math.exp(c));
      case LOG -> x.with(Math.log(c));
      case SQRT -> x.with(Math.sqrt(c));
      case RSQRT -> x.with(1 / Math.sqrt(c));
      case SIN -> x.with(Math.sin(c));
      case COS -> x.with(Math.cos(c));
      case TANH -> x.with(Math.tanh(c));
      case FLOOR -> x.with(Math.floor(c));
      case CEIL -> x.with(Math.ceil(c));
      case NOT -> x.with(1 - c);
      case STOP_GRADIENT -> Optional.of(x);
      case ERF -> c == 0 || Double.isInfinite(c) ? x.with(Math.signum(c)) : Optional.empty();
    };
  }

  /// From what is known of the operands, if anything is.
  static Optional<Masked> binary(BinaryKind kind, Optional<Masked> left, Optional<Masked> right) {
    boolean byZero =
        kind == BinaryKind.DIV && right.filter(known -> known.otherwise == 0).isPresent();
    Optional<Masked> fromLeft =
        left.filter(_ -> !byZero).flatMap(known -> absorbed(kind, known, Side.LEFT));
    Optional<Masked> fromRight = right.flatMap(known -> absorbed(kind, known, Side.RIGHT));
    if (fromLeft.isPresent() && fromRight.isPresent()) {
      Masked one = fromLeft.get();
      Masked other = fromRight.get();
      if (one.otherwise == other.otherwise) {
        return Optional.of(new Masked(Predicate.and(one.allowed, other.allowed), one.otherwise));
      }
      return Optional.empty();
    }
    if (fromLeft.isPresent()) return fromLeft;
    if (fromRight.isPresent()) return fromRight;
    if (left.isEmpty() || right.isEmpty()) return Optional.empty();
    Predicate allowed = Predicate.or(left.get().allowed, right.get().allowed);
    return apply(kind, left.get().otherwise, right.get().otherwise)
        .flatMap(number -> new Masked(allowed, 0).with(number));
  }

  private enum Side {
    LEFT,
    RIGHT
  }

  /// What the result is where this operand is `otherwise`, whatever the other operand is.
  private static Optional<Masked> absorbed(BinaryKind kind, Masked known, Side side) {
    double c = known.otherwise;
    boolean infinite = Double.isInfinite(c);
    return switch (kind) {
      case ADD -> infinite ? known.with(c) : Optional.empty();
      case SUB -> infinite ? known.with(side == Side.LEFT ? c : -c) : Optional.empty();
      case MUL, AND -> c == 0 ? known.with(0) : Optional.empty();
      case DIV -> c == 0 && side == Side.LEFT ? known.with(0) : Optional.empty();
      case MIN -> c == Double.NEGATIVE_INFINITY ? known.with(c) : Optional.empty();
      case MAX -> c == Double.POSITIVE_INFINITY ? known.with(c) : Optional.empty();
      case OR -> c == 1 ? known.with(1) : Optional.empty();
      case MOD, POW, EQ, NE, LT, LE, GT, GE -> Optional.empty();
    };
  }

  private static Optional<Double> apply(BinaryKind kind, double a, double b) {
    return switch (kind) {
      case ADD -> Optional.of(a + b);
      case SUB -> Optional.of(a - b);
      case MUL -> Optional.of(a * b);
      case DIV -> Optional.of(a / b);
      case POW -> Optional.of(Math.pow(a, b));
      case MIN, AND -> Optional.of(Math.min(a, b));
      case MAX, OR -> Optional.of(Math.max(a, b));
      case EQ -> Optional.of(a == b ? 1.0 : 0.0);
      case NE -> Optional.of(a != b ? 1.0 : 0.0);
      case LT -> Optional.of(a < b ? 1.0 : 0.0);
      case LE -> Optional.of(a <= b ? 1.0 : 0.0);
      case GT -> Optional.of(a > b ? 1.0 : 0.0);
      case GE -> Optional.of(a >= b ? 1.0 : 0.0);
      case MOD -> Optional.empty();
    };
  }

  /// `condition ? then : otherwise`, known where either branch is.
  static Optional<Masked> select(
      Predicate condition, Optional<Masked> then, Optional<Masked> otherwise) {
    Optional<Masked> byOtherwise =
        otherwise.flatMap(known -> select(condition, then, otherwise, known.otherwise));
    if (byOtherwise.isPresent()) return byOtherwise;
    return then.flatMap(known -> select(condition, then, otherwise, known.otherwise));
  }

  /// Where the result may differ from `number`: where the branch that is taken may.
  private static Optional<Masked> select(
      Predicate condition, Optional<Masked> then, Optional<Masked> otherwise, double number) {
    Predicate allowed =
        Predicate.or(
            Predicate.and(condition, mayDiffer(then, number)),
            Predicate.and(Predicate.not(condition), mayDiffer(otherwise, number)));
    return allowed.equals(Predicate.Always.TRUE)
        ? Optional.empty()
        : Optional.of(new Masked(allowed, number));
  }

  private static Predicate mayDiffer(Optional<Masked> branch, double number) {
    return branch
        .filter(known -> known.otherwise == number)
        .map(Masked::allowed)
        .orElse(Predicate.Always.TRUE);
  }

  /// After folding axes that are not time.
  Optional<Masked> reduced(ReduceKind kind) {
    return switch (kind) {
      case MEAN, MAX, MIN, ANY, ALL -> Optional.of(this);
      case SUM ->
          otherwise == 0 || Double.isInfinite(otherwise) ? Optional.of(this) : Optional.empty();
    };
  }

  /// What steps that do not count must be, for a reduction over them to be right.
  static Optional<Double> neutral(ReduceKind kind) {
    return switch (kind) {
      case SUM, ANY -> Optional.of(0.0);
      case MAX -> Optional.of(Double.NEGATIVE_INFINITY);
      case MIN -> Optional.of(Double.POSITIVE_INFINITY);
      case ALL -> Optional.of(1.0);
      case MEAN -> Optional.empty();
    };
  }

  private Optional<Masked> with(double number) {
    return Double.isNaN(number) ? Optional.empty() : Optional.of(new Masked(allowed, number));
  }
}
