package dune.runtime.template;

import dune.runtime.template.Value.Function;
import dune.runtime.template.Value.Items;
import dune.runtime.template.Value.None;
import dune.runtime.template.Value.Text;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.function.Predicate;

/// The methods of texts: those of Python's `str` that say something about a text or make another.
final class TextMethods {
  private interface Method {
    Value call(String text, Arguments arguments);
  }

  private static final Map<String, Method> METHODS =
      Map.ofEntries(
          plain("upper", text -> text.toUpperCase(Locale.ROOT)),
          plain("lower", text -> text.toLowerCase(Locale.ROOT)),
          plain("casefold", text -> text.toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT)),
          plain("title", PythonText::title),
          plain("capitalize", PythonText::capitalize),
          plain("swapcase", TextMethods::swapCase),
          Map.entry(
              "strip",
              (text, arguments) -> {
                IntPredicate dropped = dropped(arguments);
                return Value.of(PythonText.stripStart(PythonText.stripEnd(text, dropped), dropped));
              }),
          Map.entry(
              "lstrip",
              (text, arguments) -> Value.of(PythonText.stripStart(text, dropped(arguments)))),
          Map.entry(
              "rstrip",
              (text, arguments) -> Value.of(PythonText.stripEnd(text, dropped(arguments)))),
          Map.entry(
              "startswith", (text, arguments) -> anyPart(arguments, part -> text.startsWith(part))),
          Map.entry(
              "endswith", (text, arguments) -> anyPart(arguments, part -> text.endsWith(part))),
          Map.entry("split", (text, arguments) -> split(text, arguments, false)),
          Map.entry("rsplit", (text, arguments) -> split(text, arguments, true)),
          Map.entry("splitlines", (text, _) -> texts(PythonText.lines(text))),
          Map.entry(
              "replace",
              (text, arguments) ->
                  Value.of(
                      PythonText.replace(
                          text,
                          required(arguments, 0, "old"),
                          required(arguments, 1, "new"),
                          arguments.number(2, "count", -1)))),
          Map.entry(
              "removeprefix",
              (text, arguments) -> {
                String prefix = required(arguments, 0, "prefix");
                return Value.of(text.startsWith(prefix) ? text.substring(prefix.length()) : text);
              }),
          Map.entry(
              "removesuffix",
              (text, arguments) -> {
                String suffix = required(arguments, 0, "suffix");
                boolean found = text.endsWith(suffix) && !suffix.isEmpty();
                return Value.of(found ? text.substring(0, text.length() - suffix.length()) : text);
              }),
          Map.entry(
              "find",
              (text, arguments) -> found(text, text.indexOf(required(arguments, 0, "text")))),
          Map.entry(
              "rfind",
              (text, arguments) -> found(text, text.lastIndexOf(required(arguments, 0, "text")))),
          Map.entry(
              "index",
              (text, arguments) -> {
                int at = text.indexOf(required(arguments, 0, "text"));
                if (at < 0) throw new TemplateFailure("the text is not found");
                return found(text, at);
              }),
          Map.entry("count", (text, arguments) -> count(text, required(arguments, 0, "text"))),
          Map.entry("join", (text, arguments) -> join(text, arguments.get(0, "items"))),
          Map.entry("partition", (text, arguments) -> partition(text, arguments, text::indexOf)),
          Map.entry(
              "rpartition",
              (text, arguments) -> {
                String separator = required(arguments, 0, "separator");
                int at = text.lastIndexOf(separator);
                return at < 0
                    ? Value.tuple(Value.of(""), Value.of(""), Value.of(text))
                    : parted(text, at, separator);
              }),
          Map.entry("format", (text, arguments) -> Value.of(Percent.braces(text, arguments))),
          Map.entry(
              "zfill",
              (text, arguments) -> {
                int missing = missing(text, arguments);
                int sign = text.startsWith("-") || text.startsWith("+") ? 1 : 0;
                return Value.of(
                    text.substring(0, sign)
                        + PythonText.repeat("0", missing)
                        + text.substring(sign));
              }),
          Map.entry(
              "ljust",
              (text, arguments) ->
                  Value.of(
                      text
                          + PythonText.repeat(
                              arguments.text(1, "fill", " "), missing(text, arguments)))),
          Map.entry(
              "rjust",
              (text, arguments) ->
                  Value.of(
                      PythonText.repeat(arguments.text(1, "fill", " "), missing(text, arguments))
                          + text)),
          question("isspace", PythonText::isSpace),
          question("isalpha", Character::isLetter),
          question("isdigit", Character::isDigit),
          question("isdecimal", Character::isDigit),
          question(
              "isnumeric",
              c ->
                  Character.isDigit(c)
                      || Character.getNumericValue(c) >= 0 && !Character.isLetter(c)),
          question("isalnum", Character::isLetterOrDigit),
          Map.entry(
              "isupper",
              (text, _) ->
                  Value.of(
                      text.codePoints().anyMatch(Character::isUpperCase)
                          && text.codePoints().noneMatch(Character::isLowerCase))),
          Map.entry(
              "islower",
              (text, _) ->
                  Value.of(
                      text.codePoints().anyMatch(Character::isLowerCase)
                          && text.codePoints().noneMatch(Character::isUpperCase))));

  private TextMethods() {}

  private interface Change {
    String of(String text);
  }

  private static Map.Entry<String, Method> plain(String name, Change change) {
    return Map.entry(
        name,
        (text, arguments) -> {
          arguments.atMost(0);
          return Value.of(change.of(text));
        });
  }

  private static Map.Entry<String, Method> question(String name, IntPredicate holds) {
    return Map.entry(
        name, (text, _) -> Value.of(!text.isEmpty() && text.codePoints().allMatch(holds)));
  }

  static Optional<Value> find(String text, String name) {
    return Optional.ofNullable(METHODS.get(name))
        .map(method -> new Function(name, arguments -> method.call(text, arguments)));
  }

  /// An argument that must be a text.
  private static String required(Arguments arguments, int index, String name) {
    Value value = arguments.get(index, name);
    if (value instanceof Text(String text)) return text;
    throw new TemplateFailure("`" + name + "` must be text, not " + Convert.kind(value));
  }

  private static IntPredicate dropped(Arguments arguments) {
    Value characters = arguments.atMost(1).get(0, "characters", Value.NONE);
    if (characters instanceof None) return PythonText::isSpace;
    String set = required(arguments, 0, "characters");
    return c -> set.indexOf(c) >= 0;
  }

  private static Value anyPart(Arguments arguments, Predicate<String> test) {
    Value part = arguments.get(0, "text");
    if (part instanceof Items(var parts, var kind) && kind == Items.Kind.TUPLE) {
      return Value.of(parts.stream().map(Convert::text).anyMatch(test));
    }
    return Value.of(test.test(required(arguments, 0, "text")));
  }

  private static Value split(String text, Arguments arguments, boolean fromEnd) {
    int most = arguments.number(1, "maxsplit", -1);
    if (arguments.get(0, "sep", Value.NONE) instanceof None) {
      if (fromEnd && most >= 0) throw new TemplateFailure("`rsplit` needs a separator");
      return texts(PythonText.words(text, most));
    }
    String separator = required(arguments, 0, "sep");
    if (separator.isEmpty()) throw new TemplateFailure("the separator is empty");
    return texts(
        fromEnd
            ? PythonText.splitFromEnd(text, separator, most < 0 ? -1 : most)
            : PythonText.split(text, separator, most));
  }

  private static Value texts(List<String> texts) {
    return Value.list(texts.stream().map(Value::of).toList());
  }

  private static Value found(String text, int at) {
    return Value.of(at < 0 ? -1 : text.codePointCount(0, at));
  }

  private static Value count(String text, String part) {
    if (part.isEmpty()) return Value.of(PythonText.length(text) + 1);
    return Value.of(PythonText.split(text, part, -1).size() - 1);
  }

  private static Value join(String separator, Value items) {
    var result = new StringBuilder();
    boolean first = true;
    for (Value item : Convert.items(items)) {
      if (!(item instanceof Text(String text))) {
        throw new TemplateFailure("`join` joins texts, not " + Convert.kind(item));
      }
      PythonText.requireSize((long) result.length() + separator.length() + text.length());
      if (!first) result.append(separator);
      first = false;
      result.append(text);
    }
    return Value.of(result.toString());
  }

  private interface Search {
    int of(String part);
  }

  private static Value partition(String text, Arguments arguments, Search search) {
    String separator = required(arguments, 0, "separator");
    int at = search.of(separator);
    return at < 0
        ? Value.tuple(Value.of(text), Value.of(""), Value.of(""))
        : parted(text, at, separator);
  }

  private static Value parted(String text, int at, String separator) {
    return Value.tuple(
        Value.of(text.substring(0, at)),
        Value.of(separator),
        Value.of(text.substring(at + separator.length())));
  }

  private static int missing(String text, Arguments arguments) {
    return arguments.number(0, "width", 0) - PythonText.length(text);
  }

  private static String swapCase(String text) {
    var result = new StringBuilder();
    text.codePoints()
        .map(c -> Character.isUpperCase(c) ? Character.toLowerCase(c) : Character.toUpperCase(c))
        .forEach(result::appendCodePoint);
    return result.toString();
  }
}
