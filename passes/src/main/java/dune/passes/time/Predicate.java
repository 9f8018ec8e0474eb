package dune.passes.time;

import dune.ir.Elementwise.BinaryKind;
import java.util.SortedSet;
import java.util.TreeSet;

/// What a mask says about a query and a key, as far as it depends on their positions.
///
/// Positions are whole and not negative. Besides the key, the tree speaks of the *distance* `query
/// - key`, in which causality and windows are intervals.
sealed interface Predicate {
  /// The same answer everywhere.
  record Always(boolean answer) implements Predicate {
    static final Always TRUE = new Always(true);
    static final Always FALSE = new Always(false);
  }

  /// True where the variable lies between the bounds, both included.
  record Between(Variable variable, long low, long high) implements Predicate {}

  /// Depends on something else than positions: may be true or false anywhere.
  record Unknown() implements Predicate {}

  record And(Predicate left, Predicate right) implements Predicate {}

  record Or(Predicate left, Predicate right) implements Predicate {}

  record Not(Predicate inner) implements Predicate {}

  /// What an interval is about.
  enum Variable {
    /// `query - key`
    DISTANCE,
    KEY
  }

  /// An answer that may not be known.
  enum Truth {
    FALSE,
    MAYBE,
    TRUE;

    Truth negated() {
      return switch (this) {
        case FALSE -> TRUE;
        case MAYBE -> MAYBE;
        case TRUE -> FALSE;
      };
    }

    Truth and(Truth other) {
      return compareTo(other) < 0 ? this : other;
    }

    Truth or(Truth other) {
      return compareTo(other) > 0 ? this : other;
    }
  }

  /// Bounds beyond every position; sums of two of them do not overflow.
  long INFINITY = 1L << 60;

  static Predicate and(Predicate left, Predicate right) {
    if (left.equals(Always.FALSE) || right.equals(Always.TRUE)) return left;
    if (right.equals(Always.FALSE) || left.equals(Always.TRUE)) return right;
    return left.equals(right) ? left : new And(left, right);
  }

  static Predicate or(Predicate left, Predicate right) {
    if (left.equals(Always.TRUE) || right.equals(Always.FALSE)) return left;
    if (right.equals(Always.TRUE) || left.equals(Always.FALSE)) return right;
    return left.equals(right) ? left : new Or(left, right);
  }

  static Predicate not(Predicate inner) {
    return switch (inner) {
      case Always(boolean answer) -> answer ? Always.FALSE : Always.TRUE;
      case Not(Predicate twice) -> twice;
      case Between _, Unknown _, And _, Or _ -> new Not(inner);
    };
  }

  /// `left kind right` for numbers computed from positions.
  static Predicate compare(BinaryKind kind, Linear left, Linear right) {
    return switch (kind) {
      case LT -> not(atLeast(left.minus(right)));
      case GE -> atLeast(left.minus(right));
      case GT -> not(atLeast(right.minus(left)));
      case LE -> atLeast(right.minus(left));
      case EQ -> and(atLeast(left.minus(right)), atLeast(right.minus(left)));
      case NE -> not(compare(BinaryKind.EQ, left, right));
      case ADD, SUB, MUL, DIV, MOD, POW, MIN, MAX, AND, OR ->
          throw new IllegalArgumentException(kind + " does not compare");
    };
  }

  /// `number >= 0`
  private static Predicate atLeast(Linear number) {
    // With `query = key + distance`, the number is `query * distance + (query + key) * key +
    // offset`.
    double onKey = number.query() + number.key();
    if (number.isConstant()) return new Always(number.offset() >= 0);
    if (onKey == 0) return atLeast(Variable.DISTANCE, number.query(), number.offset());
    if (number.query() == 0) return atLeast(Variable.KEY, onKey, number.offset());
    return new Unknown();
  }

  /// `factor * variable + offset >= 0`
  private static Predicate atLeast(Variable variable, double factor, double offset) {
    double bound = -offset / factor;
    if (!(Math.abs(bound) < INFINITY)) return new Unknown();
    return factor > 0
        ? new Between(variable, (long) Math.ceil(bound), INFINITY)
        : new Between(variable, -INFINITY, (long) Math.floor(bound));
  }

  default Truth at(long distance, long key) {
    return switch (this) {
      case Always(boolean answer) -> answer ? Truth.TRUE : Truth.FALSE;
      case Between(Variable variable, long low, long high) -> {
        long at = variable == Variable.DISTANCE ? distance : key;
        yield low <= at && at <= high ? Truth.TRUE : Truth.FALSE;
      }
      case Unknown() -> Truth.MAYBE;
      case And(Predicate left, Predicate right) ->
          left.at(distance, key).and(right.at(distance, key));
      case Or(Predicate left, Predicate right) ->
          left.at(distance, key).or(right.at(distance, key));
      case Not(Predicate inner) -> inner.at(distance, key).negated();
    };
  }

  /// The places at which the answer can change when the variable grows: the first numbers of new
  /// intervals.
  default SortedSet<Long> borders(Variable variable) {
    var borders = new TreeSet<Long>();
    collectBorders(variable, borders);
    return borders;
  }

  private void collectBorders(Variable variable, SortedSet<Long> into) {
    switch (this) {
      case Between(Variable own, long low, long high) -> {
        if (own == variable) {
          into.add(low);
          into.add(high + 1);
        }
      }
      case And(Predicate left, Predicate right) -> {
        left.collectBorders(variable, into);
        right.collectBorders(variable, into);
      }
      case Or(Predicate left, Predicate right) -> {
        left.collectBorders(variable, into);
        right.collectBorders(variable, into);
      }
      case Not(Predicate inner) -> inner.collectBorders(variable, into);
      case Always _, Unknown _ -> {
        // The same everywhere.
      }
    }
  }
}
