package dune.ir.text;

import java.util.function.IntPredicate;

/// A position in a text, and the small things that can stand there.
final class Scanner {
  private final String text;
  private int at;

  Scanner(String text) {
    this.text = text;
  }

  int position() {
    return at;
  }

  void back(int position) {
    at = position;
  }

  boolean atEnd() {
    return at >= text.length();
  }

  void skipSpaces() {
    skip(c -> c == ' ' || c == '\t' || c == '\r');
  }

  /// Spaces, line ends, and comments that have a line of their own.
  void skipBlank() {
    skip(Character::isWhitespace);
    while (text.startsWith("//", at)) {
      skip(c -> c != '\n');
      skip(Character::isWhitespace);
    }
  }

  /// Goes past `word`, and the spaces before it, if it stands here.
  boolean take(String word) {
    int before = at;
    skipSpaces();
    if (text.startsWith(word, at)
        && !(isWord(word.charAt(word.length() - 1)) && isWordAt(at + word.length()))) {
      at += word.length();
      return true;
    }
    at = before;
    return false;
  }

  void expect(String word) {
    if (!take(word)) throw expected("`" + word + "`");
  }

  void expectLineEnd() {
    skipSpaces();
    if (!atEnd() && text.charAt(at) != '\n') throw expected("the end of the line");
    skipBlank();
  }

  /// The longest run of letters, digits, `_` and `'`; never empty.
  String word(String what) {
    skipSpaces();
    int begin = at;
    skip(Scanner::isWord);
    if (at == begin) throw expected(what);
    return text.substring(begin, at);
  }

  /// A name, bare or quoted.
  String name(String what) {
    skipSpaces();
    if (!atEnd() && text.charAt(at) == '"') return quoted();
    int begin = at;
    skip(c -> isWord(c) || "./+-".indexOf(c) >= 0);
    if (at == begin) throw expected(what);
    return text.substring(begin, at);
  }

  private String quoted() {
    int begin = at++;
    var name = new StringBuilder();
    while (!atEnd() && text.charAt(at) != '"' && text.charAt(at) != '\n') {
      char c = text.charAt(at++);
      if (c == '\\' && !atEnd()) {
        char escaped = text.charAt(at++);
        c = escaped == 'n' ? '\n' : escaped == 'r' ? '\r' : escaped;
      }
      name.append(c);
    }
    if (atEnd() || text.charAt(at) != '"') {
      at = begin;
      throw expected("a closing quote");
    }
    at++;
    return name.toString();
  }

  double number() {
    skipSpaces();
    int begin = at;
    skip(c -> isWord(c) || "+-.".indexOf(c) >= 0);
    String word = text.substring(begin, at);
    try {
      return switch (word) {
        case "inf" -> Double.POSITIVE_INFINITY;
        case "-inf" -> Double.NEGATIVE_INFINITY;
        case "nan" -> Double.NaN;
        default -> Double.parseDouble(word);
      };
    } catch (NumberFormatException _) {
      at = begin;
      throw expected("a number");
    }
  }

  long whole() {
    skipSpaces();
    int begin = at;
    skip(c -> isWord(c) || c == '-');
    try {
      return Long.parseLong(text.substring(begin, at));
    } catch (NumberFormatException _) {
      at = begin;
      throw expected("a whole number");
    }
  }

  /// A whole number of 32 bits.
  int small() {
    skipSpaces();
    int begin = at;
    long number = whole();
    if (number == (int) number) return (int) number;
    at = begin;
    throw expected("a whole number of 32 bits");
  }

  /// Everything up to, not including, the first of `ends` outside of parentheses on this line.
  String until(String ends, String what) {
    skipSpaces();
    int begin = at;
    int depth = 0;
    while (!atEnd() && text.charAt(at) != '\n') {
      char c = text.charAt(at);
      if (depth == 0 && ends.indexOf(c) >= 0) return text.substring(begin, at).strip();
      if (c == '(') depth++;
      if (c == ')') depth--;
      at++;
    }
    at = begin;
    throw expected(what);
  }

  /// The error at this place.
  TextException expected(String what) {
    skipSpaces();
    return error(at, "expected " + what + ", found " + found());
  }

  TextException error(int position, String message) {
    int line = (int) text.substring(0, position).chars().filter(c -> c == '\n').count() + 1;
    int column = position - text.lastIndexOf('\n', position - 1);
    return new TextException(line, column, message);
  }

  private String found() {
    if (atEnd()) return "the end of the text";
    if (text.charAt(at) == '\n') return "the end of the line";
    int end = at;
    while (end < text.length() && isWord(text.charAt(end))) end++;
    return "`" + text.substring(at, Math.max(end, at + 1)) + "`";
  }

  private void skip(IntPredicate part) {
    while (!atEnd() && part.test(text.charAt(at))) at++;
  }

  private boolean isWordAt(int position) {
    return position < text.length() && isWord(text.charAt(position));
  }

  private static boolean isWord(int c) {
    return Character.isLetterOrDigit(c) || c == '_' || c == '\'';
  }
}
