package dune.runtime.template;

import dune.runtime.template.Value.Dict;
import dune.runtime.template.Value.Int;
import dune.runtime.template.Value.Real;
import dune.runtime.template.Value.Text;
import dune.runtime.template.Value.Undefined;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// The filters: `x | name(...)`. Those that go through items are in [ItemFilters].
final class Filters {
  interface Filter {
    Value apply(Value subject, Arguments arguments);
  }

  private static final Map<String, Filter> FILTERS = new HashMap<>();

  static {
    FILTERS.putAll(ItemFilters.FILTERS);
    text("trim", (text, arguments) -> method("strip", text, arguments));
    text("upper", (text, _) -> Value.of(text.toUpperCase(Locale.ROOT)));
    text("lower", (text, _) -> Value.of(text.toLowerCase(Locale.ROOT)));
    text("title", (text, _) -> Value.of(titled(text)));
    text("capitalize", (text, _) -> Value.of(PythonText.capitalize(text)));
    text("string", (text, _) -> Value.of(text));
    text("safe", (text, _) -> Value.of(text));
    text("escape", (text, _) -> Value.of(escape(text)));
    text("e", (text, _) -> Value.of(escape(text)));
    text("forceescape", (text, _) -> Value.of(escape(text)));
    text("replace", Filters::replace);
    FILTERS.put("indent", Filters::indent);
    text("truncate", Filters::truncate);
    text("center", Filters::center);
    text("wordcount", (text, _) -> Value.of(words(text)));
    text("urlencode", (text, _) -> Value.of(urlEncode(text)));
    text("format", (text, arguments) -> format(text, arguments));
    FILTERS.put("tojson", (value, arguments) -> Value.of(PythonJson.filter(value, arguments)));
    FILTERS.put("length", (value, _) -> Value.of(Convert.length(value)));
    FILTERS.put("count", (value, _) -> Value.of(Convert.length(value)));
    FILTERS.put("default", Filters::otherwise);
    FILTERS.put("d", Filters::otherwise);
    FILTERS.put("abs", (value, _) -> absolute(value));
    FILTERS.put("int", Filters::integer);
    FILTERS.put("float", Filters::real);
    FILTERS.put("round", Filters::round);
    FILTERS.put("attr", (value, arguments) -> Members.attribute(value, arguments.text(0, "name")));
  }

  private Filters() {}

  private static void text(String name, TextFilter filter) {
    FILTERS.put(name, (value, arguments) -> filter.apply(Convert.text(value), arguments));
  }

  private interface TextFilter {
    Value apply(String text, Arguments arguments);
  }

  static Optional<Filter> find(String name) {
    return Optional.ofNullable(FILTERS.get(name));
  }

  static Value apply(String name, Value subject, Arguments arguments) {
    return find(name)
        .orElseThrow(() -> new TemplateFailure("there is no filter `" + name + "`"))
        .apply(subject, arguments);
  }

  private static Value method(String name, String text, Arguments arguments) {
    return ((Value.Function) TextMethods.find(text, name).orElseThrow()).body().call(arguments);
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace(">", "&gt;")
        .replace("<", "&lt;")
        .replace("'", "&#39;")
        .replace("\"", "&#34;");
  }

  private static Value replace(String text, Arguments arguments) {
    return Value.of(
        PythonText.replace(
            text,
            arguments.text(0, "old"),
            arguments.text(1, "new"),
            arguments.number(2, "count", -1)));
  }

  /// The parts between spaces, hyphens and opening brackets with a capital first letter.
  private static String titled(String text) {
    var result = new StringBuilder();
    boolean begins = true;
    for (int c : text.codePoints().toArray()) {
      boolean separates = PythonText.isSpace(c) || "-({[<".indexOf(c) >= 0;
      String one = Character.toString(c);
      result.append(begins ? one.toUpperCase(Locale.ROOT) : one.toLowerCase(Locale.ROOT));
      begins = separates;
    }
    return result.toString();
  }

  private static Value indent(Value value, Arguments arguments) {
    if (!(value instanceof Text(String text))) {
      throw new TemplateFailure("`indent` needs text, not " + Convert.kind(value));
    }
    Value width = arguments.get(0, "width", Value.of(4));
    String indentation =
        width instanceof Text(String given) ? given : PythonText.repeat(" ", Convert.index(width));
    boolean first = arguments.flag(1, "first");
    boolean blank = arguments.flag(2, "blank");
    var result = new StringBuilder(first ? indentation : "");
    String[] lines = text.split("\n", -1);
    for (int i = 0; i < lines.length; i++) {
      if (i > 0) result.append('\n');
      if (i > 0 && (blank || !lines[i].isEmpty())) result.append(indentation);
      PythonText.requireSize((long) result.length() + lines[i].length());
      result.append(lines[i]);
    }
    return Value.of(result.toString());
  }

  private static Value truncate(String text, Arguments arguments) {
    int length = arguments.number(0, "length", 255);
    boolean cutsWords = arguments.flag(1, "killwords");
    String end = arguments.text(2, "end", "...");
    int leeway = arguments.number(3, "leeway", 5);
    if (PythonText.length(text) <= (long) length + leeway) return Value.of(text);
    int kept = length - PythonText.length(end);
    if (kept < 0) throw new TemplateFailure("`truncate` needs more room than its end takes");
    String cut = text.substring(0, text.offsetByCodePoints(0, kept));
    if (cutsWords) return Value.of(cut + end);
    int space = cut.lastIndexOf(' ');
    return Value.of((space < 0 ? cut : cut.substring(0, space)) + end);
  }

  private static Value center(String text, Arguments arguments) {
    int width = arguments.number(0, "width", 80);
    int missing = width - PythonText.length(text);
    if (missing <= 0) return Value.of(text);
    int left = missing / 2 + (missing & width & 1);
    return Value.of(PythonText.repeat(" ", left) + text + PythonText.repeat(" ", missing - left));
  }

  private static long words(String text) {
    boolean inside = false;
    long count = 0;
    for (int c : text.codePoints().toArray()) {
      boolean letter = Character.isLetterOrDigit(c) || c == '_';
      if (letter && !inside) count++;
      inside = letter;
    }
    return count;
  }

  private static String urlEncode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8)
        .replace("+", "%20")
        .replace("*", "%2A")
        .replace("%7E", "~")
        .replace("%2F", "/");
  }

  private static Value format(String format, Arguments arguments) {
    if (!arguments.named().isEmpty()) {
      throw new TemplateFailure("`format` takes values without names only");
    }
    return Value.of(
        Percent.format(format, Value.tuple(arguments.positional().toArray(Value[]::new))));
  }

  private static Value otherwise(Value value, Arguments arguments) {
    boolean falseToo = arguments.flag(1, "boolean");
    boolean absent = value instanceof Undefined || falseToo && !Convert.truth(value);
    return absent ? arguments.get(0, "default_value", Value.of("")) : value;
  }

  private static Value absolute(Value value) {
    Numbers.requireDefined(value);
    boolean negative = Comparisons.compare("abs", value, Value.of(0)) < 0;
    return negative ? Numbers.unary("-", value) : Numbers.unary("+", value);
  }

  private static Value integer(Value value, Arguments arguments) {
    Value otherwise = arguments.get(0, "default", Value.of(0));
    if (value instanceof Int) return value;
    if (value instanceof Real(double number)) {
      return Double.isFinite(number) ? new Int((long) number) : otherwise;
    }
    if (Numbers.isNumber(value)) return new Int(Convert.index64(value));
    if (!(value instanceof Text(String text))) return otherwise;
    String digits = PythonText.strip(text).replace("_", "");
    int radix = arguments.number(1, "base", 10);
    try {
      return new Int(Long.parseLong(digits, radix));
    } catch (NumberFormatException notWhole) {
      return real(value, Arguments.of(Value.NONE)) instanceof Real(double number)
              && Double.isFinite(number)
          ? new Int((long) number)
          : otherwise;
    }
  }

  private static Value real(Value value, Arguments arguments) {
    Value otherwise = arguments.get(0, "default", new Real(0));
    if (Numbers.isNumber(value)) return new Real(Numbers.toDouble(value));
    if (!(value instanceof Text(String text))) return otherwise;
    String digits = PythonText.strip(text);
    // Java reads `1f` and `0x1p3` as numbers, Python does not.
    if (!digits.matches("[-+]?(\\d+\\.?\\d*|\\.\\d+)([eE][-+]?\\d+)?")) return otherwise;
    return new Real(Double.parseDouble(digits));
  }

  private static Value round(Value value, Arguments arguments) {
    int digits = arguments.number(0, "precision", 0);
    RoundingMode mode =
        switch (arguments.text(1, "method", "common")) {
          case "common" -> RoundingMode.HALF_EVEN;
          case "ceil" -> RoundingMode.CEILING;
          case "floor" -> RoundingMode.FLOOR;
          default -> throw new TemplateFailure("`round` is `common`, `ceil` or `floor`");
        };
    if (value instanceof Int && digits >= 0 && mode == RoundingMode.HALF_EVEN) return value;
    double number = Numbers.toDouble(value);
    if (!Double.isFinite(number) || Math.abs(digits) > 300) return new Real(number);
    return new Real(new BigDecimal(number).setScale(digits, mode).doubleValue());
  }

  /// Dictionaries in order, for those filters that want pairs.
  static List<Value> pairs(Value value) {
    if (value instanceof Undefined) return List.of();
    if (value instanceof Dict dict) return Convert.items(Members.pairs(dict));
    throw new TemplateFailure("a dictionary is needed, not " + Convert.kind(value));
  }
}
