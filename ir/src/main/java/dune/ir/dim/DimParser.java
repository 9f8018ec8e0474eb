package dune.ir.dim;

/// Reads the text of a dimension: `sum = product (('+' | '-') product)*`, products of names,
/// numbers, parentheses.
final class DimParser {
  private final String text;
  private int at;

  DimParser(String text) {
    this.text = text;
  }

  Dim parse() {
    Dim dim = sum();
    skipSpace();
    if (at < text.length()) throw unexpected();
    return dim;
  }

  private Dim sum() {
    Dim total = take('-') ? product().negated() : product();
    while (true) {
      if (take('+')) total = total.plus(product());
      else if (take('-')) total = total.minus(product());
      else return total;
    }
  }

  private Dim product() {
    Dim total = factor();
    while (true) {
      if (take('*')) total = total.times(factor());
      else if (take('/')) total = total.dividedBy(factor());
      else return total;
    }
  }

  private Dim factor() {
    if (take('(')) {
      Dim inner = sum();
      if (!take(')')) throw unexpected();
      return inner;
    }
    int begin = at;
    while (at < text.length() && isWord(text.charAt(at))) at++;
    if (begin == at) throw unexpected();
    String word = text.substring(begin, at);
    if (!Character.isDigit(word.charAt(0))) return Dim.named(word);
    try {
      return Dim.of(Long.parseLong(word));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("not a size: " + word, e);
    }
  }

  private static boolean isWord(char c) {
    return Character.isLetterOrDigit(c) || c == '_' || c == '\'';
  }

  private boolean take(char c) {
    skipSpace();
    if (at >= text.length() || text.charAt(at) != c) return false;
    at++;
    skipSpace();
    return true;
  }

  private void skipSpace() {
    while (at < text.length() && text.charAt(at) == ' ') at++;
  }

  private IllegalArgumentException unexpected() {
    return new IllegalArgumentException(
        "not a dimension: `" + text + "`, stopped at character " + (at + 1));
  }
}
