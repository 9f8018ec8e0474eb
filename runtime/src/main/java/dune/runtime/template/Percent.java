package dune.runtime.template;

import dune.runtime.template.Value.Items;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Texts with gaps: `'%s is %d' % ('a', 1)` and `'{} is {}'.format('a', 1)`.
final class Percent {
  private static final Pattern GAP = Pattern.compile("%([-+ 0]*)(\\d*)(?:\\.(\\d+))?([a-zA-Z%])");
  private static final Pattern BRACES = Pattern.compile("\\{\\{|}}|\\{([^{}]*)}|[{}]");

  private Percent() {}

  static String format(String format, Value values) {
    List<Value> given =
        values instanceof Items(var items, var kind) && kind == Items.Kind.TUPLE
            ? items
            : List.of(values);
    var result = new StringBuilder();
    Matcher gaps = GAP.matcher(format);
    int at = 0;
    int used = 0;
    while (gaps.find()) {
      result.append(plain(format, at, gaps.start()));
      at = gaps.end();
      if (gaps.group(4).equals("%")) {
        result.append('%');
        continue;
      }
      if (used == given.size()) throw new TemplateFailure("too few values for `" + format + "`");
      result.append(filled(gaps, given.get(used++)));
      PythonText.requireSize(result.length());
    }
    if (used < given.size() && !(values instanceof Value.Dict))
      throw new TemplateFailure("too many values for `" + format + "`");
    return result.append(plain(format, at, format.length())).toString();
  }

  private static String plain(String format, int begin, int end) {
    String text = format.substring(begin, end);
    if (text.indexOf('%') < 0) return text;
    throw new TemplateFailure("a `%` in `" + format + "` is not understood here");
  }

  private static String filled(Matcher gap, Value value) {
    String flags = gap.group(1);
    String width = gap.group(2);
    if (width.length() > 4) throw new TemplateFailure("`" + gap.group() + "` is too wide");
    String precision = gap.group(3) == null ? "" : "." + gap.group(3);
    String text =
        switch (gap.group(4)) {
          case "s" -> Convert.text(value);
          case "r" -> Printed.repr(value);
          case "d", "i" -> "%d".formatted((long) Numbers.toDouble(value));
          case "x" -> Long.toHexString(Convert.index(value));
          case "f", "F" ->
              String.format(
                  Locale.ROOT,
                  "%" + (precision.isEmpty() ? ".6" : precision) + "f",
                  Numbers.toDouble(value));
          default -> throw new TemplateFailure("`" + gap.group() + "` is not understood here");
        };
    boolean number = !"sr".contains(gap.group(4));
    if (number && flags.contains("+") && !text.startsWith("-")) text = "+" + text;
    int missing = (width.isEmpty() ? 0 : Integer.parseInt(width)) - PythonText.length(text);
    if (missing <= 0) return text;
    if (flags.contains("-")) return text + " ".repeat(missing);
    if (!number || !flags.contains("0")) return " ".repeat(missing) + text;
    int sign = text.startsWith("-") || text.startsWith("+") ? 1 : 0;
    return text.substring(0, sign) + "0".repeat(missing) + text.substring(sign);
  }

  static String braces(String format, Arguments arguments) {
    var result = new StringBuilder();
    Matcher gaps = BRACES.matcher(format);
    int at = 0;
    int used = 0;
    while (gaps.find()) {
      result.append(format, at, gaps.start());
      at = gaps.end();
      String name = gaps.group(1);
      if (gaps.group().equals("{{") || gaps.group().equals("}}")) {
        result.append(gaps.group().charAt(0));
      } else if (name == null) {
        throw new TemplateFailure("a single brace stands in `" + format + "`");
      } else if (name.isEmpty()) {
        result.append(Convert.text(arguments.get(used, "value " + used++)));
      } else if (name.matches("\\d{1,4}")) {
        result.append(Convert.text(arguments.get(Integer.parseInt(name), "value " + name)));
      } else if (name.matches("\\w+")) {
        result.append(Convert.text(arguments.get(Integer.MAX_VALUE, name)));
      } else {
        throw new TemplateFailure("`{" + name + "}` is not understood here");
      }
      PythonText.requireSize(result.length());
    }
    return result.append(format, at, format.length()).toString();
  }
}
