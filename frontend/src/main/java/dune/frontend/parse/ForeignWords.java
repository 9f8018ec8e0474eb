package dune.frontend.parse;

import dune.grammar.DuneLexer;
import java.util.Map;
import java.util.Optional;

/// What authors write out of habit from other languages, and what to write here.
final class ForeignWords {
  private ForeignWords() {}

  /// What to tell the author, and the token that goes on in its place, if any.
  record Foreign(Optional<Integer> meant, String help) {}

  static Foreign operator(String text) {
    return switch (text) {
      case "&&", "&" -> meant(DuneLexer.AND, "write `and`, for bools, masks and tensors alike");
      case "||", "|" -> meant(DuneLexer.OR, "write `or`, for bools, masks and tensors alike");
      case "!", "~" -> meant(DuneLexer.NOT, "write `not`");
      case "+=", "-=", "/=", "%=" ->
          meant(
              DuneLexer.ASSIGN,
              "write the whole assignment, as in `x = x " + text.charAt(0) + " y`");
      case "++" -> meant(DuneLexer.PLUS, "write `x = x + 1`, or `concat(a, b)` to join tensors");
      case ":=" -> meant(DuneLexer.ASSIGN, "declare a name with `let x = ...`");
      case "=>" -> meant(DuneLexer.ARROW, "write `->`");
      case "::" -> meant(DuneLexer.COLON, "write `:` before a type, and `.` between names");
      case "?." -> meant(DuneLexer.DOT, "write `.`: a field that is absent is `none`");
      case "..=", "..<" ->
          meant(DuneLexer.RANGE, "write `..`: a range ends before its second number");
      case "^" -> meant(DuneLexer.POW, "write `**` for a power");
      case "@" ->
          meant(DuneLexer.STAR, "write `dot(a, b, over K)`, naming the axis that is summed");
      case "===" -> meant(DuneLexer.EQ, "write `==`");
      case "!==" -> meant(DuneLexer.NE, "write `!=`");
      case ";" -> new Foreign(Optional.empty(), "remove it: statements need no separator");
      default -> throw new IllegalArgumentException("no foreign operator: " + text);
    };
  }

  private static Foreign meant(int type, String help) {
    return new Foreign(Optional.of(type), help);
  }

  /// What to do about a character that is easily pasted by mistake.
  static Optional<Foreign> character(int point) {
    return switch (point) {
      case 0x201C, 0x201D, 0x201E, 0xAB, 0xBB -> advice("write the plain quote `\"`");
      case 0x2018, 0x2019, '\'', '`' -> advice("texts stand in double quotes, `\"`");
      case 0x2013, 0x2014, 0x2212 -> replaced(DuneLexer.MINUS, "write the plain minus `-`");
      case 0xD7, 0xB7, 0x22C5 -> replaced(DuneLexer.STAR, "write `*`");
      case 0x2264 -> replaced(DuneLexer.LE, "write `<=`");
      case 0x2265 -> replaced(DuneLexer.GE, "write `>=`");
      case 0x2260 -> replaced(DuneLexer.NE, "write `!=`");
      case 0x2192 -> replaced(DuneLexer.ARROW, "write `->`");
      case 0xA0, 0x2007, 0x202F, 0x3000, 0x200B, 0xFEFF ->
          advice("replace it by an ordinary space");
      case '\f', 0x0B -> advice("replace it by a line break");
      case 0x03C0 -> advice("write `pi`");
      default -> Optional.empty();
    };
  }

  private static Optional<Foreign> advice(String help) {
    return Optional.of(new Foreign(Optional.empty(), help));
  }

  private static Optional<Foreign> replaced(int type, String help) {
    return Optional.of(meant(type, help));
  }

  private static final Map<String, String> KEYWORDS =
      Map.ofEntries(
          Map.entry("def", "a function is `fn name(x: [D]) -> [D] { ... }`"),
          Map.entry("func", "a function is `fn name(x: [D]) -> [D] { ... }`"),
          Map.entry("function", "a function is `fn name(x: [D]) -> [D] { ... }`"),
          Map.entry("lambda", "there are no lambdas: define a `fn` and pass its name"),
          Map.entry("class", "a part with weights is `block Name(D: dim) { ... }`"),
          Map.entry("struct", "a part with weights is `block Name(D: dim) { ... }`"),
          Map.entry("module", "a part with weights is `block Name(D: dim) { ... }`"),
          Map.entry("return", "remove it: the last expression of a body is its value"),
          Map.entry(
              "while", "loop with `for i in 0 .. n { ... }`, or scan with `for t in T { ... }`"),
          Map.entry("const", "declare a value with `let`"),
          Map.entry("val", "declare a value with `let`"),
          Map.entry("elif", "write `else if`"),
          Map.entry("elseif", "write `else if`"),
          Map.entry("switch", "write `match value { \"a\" -> x  else -> y }`"),
          Map.entry("case", "a case is written `\"a\" -> x`"),
          Map.entry("assert", "write `require condition, \"text\"`"),
          Map.entry("from", "write `import std.{Linear, softmax}`"),
          Map.entry("pass", "remove it: a body may be empty"),
          Map.entry("raise", "write `require condition, \"text\"`"));

  /// What to write instead of a keyword of another language.
  static Optional<String> keyword(String word) {
    return Optional.ofNullable(KEYWORDS.get(word));
  }
}
