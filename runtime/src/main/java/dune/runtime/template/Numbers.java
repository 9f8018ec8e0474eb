package dune.runtime.template;

import dune.runtime.template.Value.Bool;
import dune.runtime.template.Value.Int;
import dune.runtime.template.Value.Items;
import dune.runtime.template.Value.Real;
import dune.runtime.template.Value.Text;
import dune.runtime.template.Value.Undefined;
import java.util.ArrayList;
import java.util.List;

/// Arithmetic: Python's operators, on numbers, and those of them that join or repeat texts and
/// lists. Whole numbers have 64 bits; whatever does not fit them fails.
final class Numbers {
  private Numbers() {}

  static Value integer(Token token) {
    String digits = token.text().replace("_", "").toLowerCase(java.util.Locale.ROOT);
    int radix =
        digits.startsWith("0x")
            ? 16
            : digits.startsWith("0o") ? 8 : digits.startsWith("0b") ? 2 : 10;
    try {
      return new Int(Long.parseLong(radix == 10 ? digits : digits.substring(2), radix));
    } catch (NumberFormatException e) {
      throw new TemplateFailure(token.line(), "the number " + token.text() + " is too large");
    }
  }

  static Value real(Token token) {
    return new Real(Double.parseDouble(token.text().replace("_", "")));
  }

  static boolean isNumber(Value value) {
    return value instanceof Int || value instanceof Real || value instanceof Bool;
  }

  static double toDouble(Value value) {
    return switch (value) {
      case Int(long number) -> number;
      case Real(double number) -> number;
      case Bool(boolean truth) -> truth ? 1 : 0;
      case Text _, Items _, Undefined _ -> throw notNumber(value);
      case Value.None _, Value.Dict _, Value.Function _ -> throw notNumber(value);
      case Value.Iterator _, Value.Namespace _, Value.Loop _ -> throw notNumber(value);
    };
  }

  private static TemplateFailure notNumber(Value value) {
    return new TemplateFailure("a number is needed, not " + Convert.kind(value));
  }

  static Value unary(String operator, Value operand) {
    requireDefined(operand);
    if (!isNumber(operand)) {
      throw new TemplateFailure("`" + operator + "` needs a number, not " + Convert.kind(operand));
    }
    boolean negative = operator.equals("-");
    if (operand instanceof Real(double number)) return new Real(negative ? -number : number);
    long number = Convert.index64(operand);
    return new Int(negative ? exact(() -> Math.negateExact(number)) : number);
  }

  static Value binary(String operator, Value left, Value right) {
    requireDefined(left);
    requireDefined(right);
    if (operator.equals("+") && left instanceof Text(String a) && right instanceof Text(String b)) {
      PythonText.requireSize((long) a.length() + b.length());
      return new Text(a + b);
    }
    if (operator.equals("+")
        && left instanceof Items(var a, var kind)
        && right instanceof Items(var b, var other)
        && kind == other) {
      PythonText.requireItems((long) a.size() + b.size());
      List<Value> all = new ArrayList<>(a);
      all.addAll(b);
      return new Items(all, kind);
    }
    if (operator.equals("*") && isWhole(right) && !isNumber(left))
      return repeat(left, Convert.index64(right));
    if (operator.equals("*") && isWhole(left) && !isNumber(right))
      return repeat(right, Convert.index64(left));
    if (operator.equals("%") && left instanceof Text(String format)) {
      return new Text(Percent.format(format, right));
    }
    if (!isNumber(left) || !isNumber(right)) {
      throw new TemplateFailure(
          "`%s` does not take %s and %s"
              .formatted(operator, Convert.kind(left), Convert.kind(right)));
    }
    return isWhole(left) && isWhole(right)
        ? onWholes(operator, Convert.index64(left), Convert.index64(right))
        : onReals(operator, toDouble(left), toDouble(right));
  }

  private static Value repeat(Value value, long times) {
    return switch (value) {
      case Text(String text) -> new Text(PythonText.repeat(text, times));
      case Items(var values, var kind) -> {
        PythonText.requireItems(Math.clamp(times, 0, Integer.MAX_VALUE) * (long) values.size());
        List<Value> all = new ArrayList<>();
        for (long i = 0; i < times && !values.isEmpty(); i++) all.addAll(values);
        yield new Items(all, kind);
      }
      case Value.None _, Undefined _, Bool _, Int _, Real _, Value.Dict _ ->
          throw notRepeated(value);
      case Value.Function _, Value.Iterator _, Value.Namespace _, Value.Loop _ ->
          throw notRepeated(value);
    };
  }

  private static TemplateFailure notRepeated(Value value) {
    return new TemplateFailure("`*` does not take " + Convert.kind(value) + " and a number");
  }

  private static Value onWholes(String operator, long a, long b) {
    return switch (operator) {
      case "+" -> new Int(exact(() -> Math.addExact(a, b)));
      case "-" -> new Int(exact(() -> Math.subtractExact(a, b)));
      case "*" -> new Int(exact(() -> Math.multiplyExact(a, b)));
      case "//" -> new Int(exact(() -> Math.floorDivExact(a, nonZero(b))));
      case "%" -> new Int(Math.floorMod(a, nonZero(b)));
      case "/" -> new Real((double) a / nonZero(b));
      case "**" -> b < 0 ? new Real(Math.pow(a, b)) : new Int(power(a, b));
      default -> throw new IllegalStateException(operator);
    };
  }

  private static Value onReals(String operator, double a, double b) {
    return new Real(
        switch (operator) {
          case "+" -> a + b;
          case "-" -> a - b;
          case "*" -> a * b;
          case "/" -> a / nonZero(b);
          case "//" -> Math.floor(a / nonZero(b));
          case "%" -> a - nonZero(b) * Math.floor(a / b);
          case "**" -> Math.pow(a, b);
          default -> throw new IllegalStateException(operator);
        });
  }

  private static long power(long base, long exponent) {
    if (exponent > 64 && (base > 1 || base < -1)) throw tooLarge();
    long result = 1;
    for (long i = 0; i < Math.min(exponent, 64 + exponent % 2); i++) {
      long before = result;
      result = exact(() -> Math.multiplyExact(before, base));
    }
    return result;
  }

  private static boolean isWhole(Value value) {
    return value instanceof Int || value instanceof Bool;
  }

  private static long nonZero(long divisor) {
    if (divisor == 0) throw new TemplateFailure("division by zero");
    return divisor;
  }

  private static double nonZero(double divisor) {
    if (divisor == 0) throw new TemplateFailure("division by zero");
    return divisor;
  }

  static void requireDefined(Value value) {
    if (value instanceof Undefined(String why)) throw new TemplateFailure(why);
  }

  private static TemplateFailure tooLarge() {
    return new TemplateFailure("a whole number grows beyond 64 bits");
  }

  private interface Exactly {
    long compute();
  }

  private static long exact(Exactly computation) {
    try {
      return computation.compute();
    } catch (ArithmeticException e) {
      throw tooLarge();
    }
  }
}
