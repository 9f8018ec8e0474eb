package dune.passes.simplify;

import dune.ir.Elem;
import dune.ir.Elementwise.BinaryKind;
import dune.ir.Elementwise.UnaryKind;
import java.util.OptionalDouble;

/// Arithmetic at compile time, as the interpreter does it: in double, without rounding in between.
///
/// A result is empty where it would not be exact in the type that it gets, or where nobody should
/// rely on it (NaN).
final class Numbers {
  /// From here on doubles skip whole numbers.
  private static final double LARGEST_INT = 0x1p53;

  private Numbers() {}

  static OptionalDouble unary(UnaryKind kind, double x) {
    return switch (kind) {
      case NEG -> known(-x);
      case ABS -> known(Math.abs(x));
      case EXP -> known(Math.exp(x));
      case LOG -> known(Math.log(x));
      case SQRT -> known(Math.sqrt(x));
      case RSQRT -> known(1 / Math.sqrt(x));
      case SIN -> known(Math.sin(x));
      case COS -> known(Math.cos(x));
      case TANH -> known(Math.tanh(x));
      case FLOOR -> known(Math.floor(x));
      case CEIL -> known(Math.ceil(x));
      case NOT -> known(1 - x);
      case STOP_GRADIENT -> known(x);
      case ERF -> OptionalDouble.empty();
    };
  }

  static OptionalDouble binary(BinaryKind kind, double a, double b, Elem elem) {
    OptionalDouble result =
        switch (kind) {
          case ADD -> known(a + b);
          case SUB -> known(a - b);
          case MUL -> known(a * b);
          case DIV -> known(a / b);
          case POW -> known(Math.pow(a, b));
          case MOD -> b == 0 ? OptionalDouble.empty() : known(a - Math.floor(a / b) * b);
          case MIN, AND -> known(Math.min(a, b));
          case MAX, OR -> known(Math.max(a, b));
          case EQ -> truth(a == b);
          case NE -> truth(a != b);
          case LT -> truth(a < b);
          case LE -> truth(a <= b);
          case GT -> truth(a > b);
          case GE -> truth(a >= b);
        };
    boolean exact = elem != Elem.INT || result.isEmpty() || isWhole(result.getAsDouble());
    return exact ? result : OptionalDouble.empty();
  }

  static OptionalDouble cast(double x, Elem to) {
    return switch (to) {
      case BOOL -> truth(x != 0);
      case INT -> {
        double cut = x < 0 ? Math.ceil(x) : Math.floor(x);
        yield isWhole(cut) ? known(cut + 0.0) : OptionalDouble.empty();
      }
      case F16, BF16, F32, F64 -> isExact(x, to) ? known(x) : OptionalDouble.empty();
    };
  }

  /// Whether the type can hold the number. A constant is not rounded before it is used, a cast
  /// rounds.
  static boolean isExact(double x, Elem elem) {
    if (Double.isInfinite(x)) return true;
    return switch (elem) {
      case BOOL -> x == 0 || x == 1;
      case INT -> isWhole(x);
      case F16 -> Float.float16ToFloat(Float.floatToFloat16((float) x)) == x;
      case BF16 -> (float) x == x && (Float.floatToRawIntBits((float) x) & 0xFFFF) == 0;
      case F32 -> (float) x == x;
      case F64 -> true;
    };
  }

  private static boolean isWhole(double x) {
    return Math.abs(x) < LARGEST_INT && x == Math.rint(x);
  }

  private static OptionalDouble truth(boolean answer) {
    return OptionalDouble.of(answer ? 1 : 0);
  }

  private static OptionalDouble known(double x) {
    return Double.isNaN(x) ? OptionalDouble.empty() : OptionalDouble.of(x);
  }
}
