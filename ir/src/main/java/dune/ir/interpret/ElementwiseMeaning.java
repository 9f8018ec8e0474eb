package dune.ir.interpret;

import dune.ir.Elem;
import dune.ir.Elementwise.BinaryKind;
import dune.ir.Elementwise.UnaryKind;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;

/// What elementwise operations mean.
final class ElementwiseMeaning {
  private ElementwiseMeaning() {}

  static Array unary(UnaryKind kind, Array x) {
    DoubleUnaryOperator function =
        switch (kind) {
          case NEG -> a -> -a;
          case ABS -> Math::abs;
          case EXP -> Math::exp;
          case LOG -> Math::log;
          case SQRT -> Math::sqrt;
          case RSQRT -> a -> 1 / Math.sqrt(a);
          case SIN -> Math::sin;
          case COS -> Math::cos;
          case TANH -> Math::tanh;
          case ERF -> ErrorFunction::erf;
          case FLOOR -> Math::floor;
          case CEIL -> Math::ceil;
          case NOT -> a -> 1 - a;
          case STOP_GRADIENT -> a -> a;
        };
    return map(x, x.elem(), function);
  }

  static Array cast(Array x, Elem elem) {
    return map(
        x,
        elem,
        switch (elem) {
          case BOOL -> a -> truth(a != 0);
          case INT -> a -> a < 0 ? Math.ceil(a) : Math.floor(a);
          case F16, BF16, F32, F64 -> a -> a;
        });
  }

  static Array binary(BinaryKind kind, Array lhs, Array rhs) {
    DoubleBinaryOperator function =
        switch (kind) {
          case ADD -> (a, b) -> a + b;
          case SUB -> (a, b) -> a - b;
          case MUL -> (a, b) -> a * b;
          case DIV -> (a, b) -> a / b;
          case MOD -> ElementwiseMeaning::remainder;
          case POW -> ElementwiseMeaning::power;
          case MIN -> Math::min;
          case MAX -> Math::max;
          case EQ -> (a, b) -> truth(a == b);
          case NE -> (a, b) -> truth(a != b);
          case LT -> (a, b) -> truth(a < b);
          case LE -> (a, b) -> truth(a <= b);
          case GT -> (a, b) -> truth(a > b);
          case GE -> (a, b) -> truth(a >= b);
          case AND -> (a, b) -> a * b;
          case OR -> Math::max;
        };
    Elem elem = kind.isComparison() ? Elem.BOOL : lhs.elem();
    Array largest = lhs.rank() == 0 ? rhs : lhs;
    var result = new double[largest.count()];
    for (int i = 0; i < result.length; i++) {
      result[i] = function.applyAsDouble(at(lhs, i), at(rhs, i));
    }
    return Array.of(elem, largest.shape(), result);
  }

  static Array select(Array condition, Array then, Array otherwise) {
    Array largest = condition.rank() > 0 ? condition : then.rank() > 0 ? then : otherwise;
    var result = new double[largest.count()];
    for (int i = 0; i < result.length; i++) {
      result[i] = at(condition, i) != 0 ? at(then, i) : at(otherwise, i);
    }
    return Array.of(then.elem(), largest.shape(), result);
  }

  /// The number at a place; a scalar has one for all places.
  private static double at(Array array, int place) {
    return array.data()[array.rank() == 0 ? 0 : place];
  }

  private static Array map(Array x, Elem elem, DoubleUnaryOperator function) {
    var result = new double[x.count()];
    for (int i = 0; i < result.length; i++) result[i] = function.applyAsDouble(x.data()[i]);
    return Array.of(elem, x.shape(), result);
  }

  private static double truth(boolean value) {
    return value ? 1 : 0;
  }

  /// `a - floor(a / b) * b`, exactly.
  private static double remainder(double a, double b) {
    double rest = a % b;
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
  }

  /// As C and torch have it: 1 to any power is 1, and so is -1 to an infinite one.
  private static double power(double base, double exponent) {
    if (base == 1 || (base == -1 && Double.isInfinite(exponent))) return 1;
    return Math.pow(base, exponent);
  }
}
