package dune.ir.testkit;

import dune.ir.Contraction;
import dune.ir.Control;
import dune.ir.Elem;
import dune.ir.Elementwise;
import dune.ir.Elementwise.BinaryKind;
import dune.ir.Elementwise.UnaryKind;
import dune.ir.Indexing;
import dune.ir.Layout;
import dune.ir.Op;
import dune.ir.Source;
import dune.ir.Stateful;
import dune.ir.interpret.Array;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoublePredicate;

/// Whether small errors of the operands stay small: no ties, no steps, no poles nearby, no
/// cancellation, no large numbers.
final class Conditions {
  private static final double MARGIN = 0.02;
  private static final double LARGEST = 20;

  private Conditions() {}

  static boolean holdBefore(Op op, List<Array> operands) {
    return switch (op) {
      case Elementwise.Unary(UnaryKind kind, _) -> unary(kind, operands.getFirst());
      case Elementwise.Binary(BinaryKind kind, _, _) ->
          binary(kind, operands.get(0), operands.get(1));
      case Elementwise.Cast(_, Elem elem) -> cast(operands.getFirst(), elem);
      case Contraction.Top _ -> hasNoTies(operands.getFirst());
      case Elementwise.Select _ -> true;
      case Contraction _, Source _, Layout _, Indexing _, Control _, Stateful _ -> true;
    };
  }

  static boolean holdAfter(List<Array> operands, List<Array> results) {
    double before = operands.stream().mapToDouble(Conditions::magnitude).max().orElse(0);
    return results.stream().allMatch(result -> isModest(result, before));
  }

  private static boolean isModest(Array result, double before) {
    if (result.count() > 4096) return false;
    double magnitude = magnitude(result);
    if (!result.elem().isFloat()) return magnitude <= 1000;
    if (!Double.isFinite(magnitude) || magnitude > LARGEST) return false;
    return magnitude == 0 || (magnitude > MARGIN && magnitude > before / 1000);
  }

  private static double magnitude(Array array) {
    double largest = 0;
    for (double number : array.data()) {
      if (Double.isNaN(number)) return Double.NaN;
      largest = Math.max(largest, Math.abs(number));
    }
    return largest;
  }

  private static boolean unary(UnaryKind kind, Array x) {
    return switch (kind) {
      case LOG, SQRT, RSQRT -> all(x, a -> a > 0.1);
      case EXP -> all(x, a -> a < 3);
      case FLOOR, CEIL -> all(x, Conditions::isBetweenInts);
      case SIN, COS -> all(x, a -> Math.abs(a) < 10);
      case NEG, ABS, TANH, ERF, NOT, STOP_GRADIENT -> true;
    };
  }

  private static boolean binary(BinaryKind kind, Array lhs, Array rhs) {
    boolean isFloat = lhs.elem().isFloat();
    return switch (kind) {
      case DIV -> all(rhs, b -> Math.abs(b) > 0.2);
      case MOD ->
          all(rhs, b -> Math.abs(b) > 0.2)
              && (!isFloat || pairs(lhs, rhs, (a, b) -> isBetweenInts(a / b)));
      case POW -> all(lhs, a -> a > 0.2) && all(rhs, b -> Math.abs(b) < 3);
      case EQ, NE, LT, LE, GT, GE ->
          !isFloat || pairs(lhs, rhs, (a, b) -> Math.abs(a - b) > MARGIN);
      case ADD, SUB, MUL, MIN, MAX, AND, OR -> true;
    };
  }

  private static boolean cast(Array x, Elem elem) {
    if (!x.elem().isFloat()) return true;
    return switch (elem) {
      case INT -> all(x, Conditions::isBetweenInts);
      case BOOL -> all(x, a -> Math.abs(a) > MARGIN);
      case F16, BF16, F32, F64 -> true;
    };
  }

  private static boolean hasNoTies(Array x) {
    int width = Math.toIntExact(x.dim(x.rank() - 1));
    for (int row = 0; row < x.count(); row += width) {
      double[] sorted = Arrays.copyOfRange(x.data(), row, row + width);
      Arrays.sort(sorted);
      for (int i = 1; i < width; i++) {
        if (sorted[i] - sorted[i - 1] < MARGIN) return false;
      }
    }
    return true;
  }

  private static boolean isBetweenInts(double a) {
    return Math.abs(a - Math.rint(a)) > MARGIN;
  }

  private static boolean all(Array x, DoublePredicate condition) {
    return Arrays.stream(x.data()).allMatch(condition);
  }

  @FunctionalInterface
  private interface PairCondition {
    boolean test(double a, double b);
  }

  private static boolean pairs(Array lhs, Array rhs, PairCondition condition) {
    // A tensor without elements may meet a scalar.
    if (lhs.count() == 0 || rhs.count() == 0) return true;
    int count = Math.max(lhs.count(), rhs.count());
    for (int i = 0; i < count; i++) {
      double a = lhs.data()[lhs.rank() == 0 ? 0 : i];
      double b = rhs.data()[rhs.rank() == 0 ? 0 : i];
      if (!condition.test(a, b)) return false;
    }
    return true;
  }
}
