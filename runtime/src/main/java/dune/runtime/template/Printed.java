package dune.runtime.template;

import dune.runtime.template.Value.Bool;
import dune.runtime.template.Value.Dict;
import dune.runtime.template.Value.Function;
import dune.runtime.template.Value.Int;
import dune.runtime.template.Value.Items;
import dune.runtime.template.Value.Iterator;
import dune.runtime.template.Value.Loop;
import dune.runtime.template.Value.Namespace;
import dune.runtime.template.Value.None;
import dune.runtime.template.Value.Real;
import dune.runtime.template.Value.Text;
import dune.runtime.template.Value.Undefined;
import java.math.BigDecimal;
import java.util.Map;
import java.util.stream.Collectors;

/// Values as text, as Python's `str` and `repr` have them.
final class Printed {
  private Printed() {}

  static String str(Value value) {
    return switch (value) {
      case Text(String text) -> text;
      case Undefined _ -> "";
      case None _, Bool _, Int _, Real _, Items _, Dict _ -> repr(value);
      case Function _, Iterator _, Namespace _, Loop _ -> repr(value);
    };
  }

  static String repr(Value value) {
    return switch (value) {
      case None _ -> "None";
      case Undefined _ -> "Undefined";
      case Bool(boolean truth) -> truth ? "True" : "False";
      case Int(long number) -> Long.toString(number);
      case Real(double number) -> real(number);
      case Text(String text) -> quoted(text);
      case Items(var values, var kind) -> {
        String inner = values.stream().map(Printed::repr).collect(Collectors.joining(", "));
        yield switch (kind) {
          case LIST -> "[" + inner + "]";
          case TUPLE -> "(" + inner + (values.size() == 1 ? ",)" : ")");
        };
      }
      case Dict(var entries) -> entries(entries);
      case Function(String name, _) -> "<function " + name + ">";
      case Iterator _ -> "<iterator>";
      case Namespace _ -> "<namespace>";
      case Loop(var items, int at, _, _) -> "<loop " + (at + 1) + "/" + items.size() + ">";
    };
  }

  private static String entries(Map<Value, Value> entries) {
    return entries.entrySet().stream()
        .map(entry -> repr(entry.getKey()) + ": " + repr(entry.getValue()))
        .collect(Collectors.joining(", ", "{", "}"));
  }

  /// The shortest digits that read back as the same number; exponents only where Python has them.
  static String real(double number) {
    if (Double.isNaN(number)) return "nan";
    if (Double.isInfinite(number)) return number > 0 ? "inf" : "-inf";
    if (number == 0) return 1 / number < 0 ? "-0.0" : "0.0";
    BigDecimal exact = new BigDecimal(Double.toString(number)).stripTrailingZeros();
    int exponent = exact.precision() - exact.scale() - 1;
    if (exponent >= -4 && exponent < 16) {
      return exact.scale() <= 0 ? exact.setScale(1).toPlainString() : exact.toPlainString();
    }
    String digits = exact.unscaledValue().abs().toString();
    return (number < 0 ? "-" : "")
        + digits.charAt(0)
        + (digits.length() > 1 ? "." + digits.substring(1) : "")
        + (exponent < 0 ? "e-" : "e+")
        + (Math.abs(exponent) < 10 ? "0" : "")
        + Math.abs(exponent);
  }

  private static String quoted(String text) {
    char quote = text.contains("'") && !text.contains("\"") ? '"' : '\'';
    var result = new StringBuilder().append(quote);
    text.codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '\n' -> result.append("\\n");
                case '\r' -> result.append("\\r");
                case '\t' -> result.append("\\t");
                case '\\' -> result.append("\\\\");
                default -> {
                  if (c == quote) result.append('\\').append(quote);
                  else if (isPrintable(c)) result.appendCodePoint(c);
                  else if (c < 0x100) result.append("\\x%02x".formatted(c));
                  else if (c < 0x10000) result.append("\\u%04x".formatted(c));
                  else result.append("\\U%08x".formatted(c));
                }
              }
            });
    return result.append(quote).toString();
  }

  private static boolean isPrintable(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      case Character.SPACE_SEPARATOR -> c == ' ';
      default -> true;
    };
  }
}
