package dune.runtime.template;

import dune.runtime.template.Token.Kind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Cuts a template into tokens, and leaves out the whitespace that does not count.
///
/// That is: a newline at the very end; with `-`, all whitespace on that side of a tag; the newline
/// after a block or comment, and the indentation before one that begins its line, unless `+` keeps
/// them. (In jinja2's words: `trim_blocks` and `lstrip_blocks`.)
final class Lexer {
  private static final Pattern NEWLINE = Pattern.compile("\r\n|\r");
  private static final Pattern RAW = Pattern.compile("(?U)\\s*raw\\s*(-%}\\s*|%})");
  private static final Pattern END_RAW =
      Pattern.compile("(?U)\\{%([-+]?)\\s*endraw\\s*(?:\\+%}|-%}\\s*|%}\n?)");
  private static final Pattern END_COMMENT = Pattern.compile("(?U)\\+#}|-#}\\s*|#}\n?");
  private static final Pattern END_BLOCK = Pattern.compile("(?U)\\+%}|-%}\\s*|%}\n?");
  private static final Pattern END_PRINT = Pattern.compile("(?U)-}}\\s*|}}");
  private static final Pattern REAL =
      Pattern.compile("(?i)(\\d+_)*\\d+((\\.(\\d+_)*\\d+)?e[+-]?(\\d+_)*\\d+|\\.(\\d+_)*\\d+)");
  private static final Pattern INTEGER =
      Pattern.compile("(?i)0b(_?[01])+|0o(_?[0-7])+|0x(_?[0-9a-f])+|[1-9](_?\\d)*|0(_?0)*");
  private static final Pattern NAME =
      Pattern.compile("[\\p{javaUnicodeIdentifierStart}_][\\p{javaUnicodeIdentifierPart}]*");
  private static final Pattern STRING =
      Pattern.compile(
          "(?s)'([^'\\\\]*+(?:\\\\.[^'\\\\]*+)*+)'|\"([^\"\\\\]*+(?:\\\\.[^\"\\\\]*+)*+)\"");
  private static final Pattern OPERATOR =
      Pattern.compile("//|\\*\\*|==|!=|>=|<=|[-+/*%~\\[\\](){}><=.:|,;]");

  private final String source;
  private final List<Token> tokens = new ArrayList<>();
  private int at;
  private int line = 1;

  /// Whether what was read last ends a line; at the beginning, nothing stands before.
  private boolean beginsLine = true;

  private Lexer(String source) {
    this.source = source;
  }

  /// @throws TemplateFailure if something is not closed, or no token
  static List<Token> read(String template) {
    String source = NEWLINE.matcher(template).replaceAll("\n");
    if (source.endsWith("\n")) source = source.substring(0, source.length() - 1);
    return new Lexer(source).read();
  }

  private List<Token> read() {
    while (at < source.length()) {
      int open = opening();
      if (open < 0) {
        data(source.substring(at));
        at = source.length();
      } else {
        tag(open);
      }
    }
    tokens.add(new Token(Kind.END, "", line));
    return tokens;
  }

  private int opening() {
    for (int i = source.indexOf('{', at); i >= 0; i = source.indexOf('{', i + 1)) {
      if (i + 1 < source.length() && "{%#".indexOf(source.charAt(i + 1)) >= 0) return i;
    }
    return -1;
  }

  private void data(String text) {
    if (!text.isEmpty()) tokens.add(new Token(Kind.DATA, text, line));
  }

  private void tag(int open) {
    String sign = open + 2 < source.length() ? source.substring(open + 2, open + 3) : "";
    boolean signed = sign.equals("-") || sign.equals("+");
    char kind = source.charAt(open + 1);
    String text = source.substring(at, open);
    data(sign.equals("-") || kind != '{' ? withoutSpaceAtEnd(text, sign) : text);
    advance(open + (signed ? 3 : 2));
    switch (kind) {
      case '#' -> comment();
      case '{' -> inside(Kind.PRINT_BEGIN, Kind.PRINT_END, END_PRINT);
      default ->
          match(RAW)
              .ifPresentOrElse(
                  this::raw, () -> inside(Kind.BLOCK_BEGIN, Kind.BLOCK_END, END_BLOCK));
    }
  }

  private String withoutSpaceAtEnd(String text, String sign) {
    if (sign.equals("-")) return PythonText.stripEnd(text);
    if (sign.equals("+")) return text;
    int lineBegin = text.lastIndexOf('\n') + 1;
    boolean isIndentation = text.substring(lineBegin).chars().allMatch(PythonText::isSpace);
    return isIndentation && (lineBegin > 0 || beginsLine) ? text.substring(0, lineBegin) : text;
  }

  private void comment() {
    int begun = line;
    Matcher end = END_COMMENT.matcher(source);
    if (!end.find(at)) throw new TemplateFailure(begun, "this `{#` is not closed by `#}`");
    advance(end.end());
  }

  private void raw(String opening) {
    int begun = line;
    advance(at + opening.length());
    Matcher end = END_RAW.matcher(source);
    if (!end.find(at)) throw new TemplateFailure(begun, "this `raw` is not closed by `endraw`");
    data(withoutSpaceAtEnd(source.substring(at, end.start()), end.group(1)));
    advance(end.end());
  }

  /// Moves on, and keeps count of lines.
  private void advance(int to) {
    for (int i = at; i < to; i++) if (source.charAt(i) == '\n') line++;
    beginsLine = to > at && source.charAt(to - 1) == '\n';
    at = to;
  }

  private Optional<String> match(Pattern pattern) {
    Matcher matcher = pattern.matcher(source).region(at, source.length());
    return matcher.lookingAt() ? Optional.of(matcher.group()) : Optional.empty();
  }

  private void inside(Kind begin, Kind end, Pattern ending) {
    int begun = line;
    tokens.add(new Token(begin, "", line));
    Deque<String> brackets = new ArrayDeque<>();
    while (true) {
      while (at < source.length() && PythonText.isSpace(source.charAt(at))) advance(at + 1);
      if (at == source.length()) {
        String tag =
            begin == Kind.PRINT_BEGIN ? "`{{` is not closed by `}}`" : "`{%` is not closed by `%}`";
        throw new TemplateFailure(begun, "this " + tag);
      }
      Optional<String> closing = brackets.isEmpty() ? match(ending) : Optional.empty();
      if (closing.isPresent()) {
        tokens.add(new Token(end, "", line));
        advance(at + closing.get().length());
        return;
      }
      expression(brackets);
    }
  }

  private void expression(Deque<String> brackets) {
    if (take(NAME, Kind.NAME)) return;
    if (source.charAt(at - 1) != '.' && take(REAL, Kind.REAL)) return;
    if (take(INTEGER, Kind.INTEGER)) return;
    Optional<String> string = match(STRING);
    if (string.isPresent()) {
      String literal = string.get();
      String inner = literal.substring(1, literal.length() - 1);
      tokens.add(new Token(Kind.STRING, resolve(inner), line));
      advance(at + literal.length());
      return;
    }
    if (take(OPERATOR, Kind.OPERATOR)) {
      balance(tokens.getLast(), brackets);
      return;
    }
    char found = source.charAt(at);
    throw new TemplateFailure(
        line,
        found == '\'' || found == '"'
            ? "this string is not closed"
            : "`" + Character.toString(source.codePointAt(at)) + "` means nothing here");
  }

  private String resolve(String escaped) {
    try {
      return Escapes.resolve(escaped);
    } catch (TemplateFailure failure) {
      throw failure.at(line);
    }
  }

  private boolean take(Pattern pattern, Kind kind) {
    Optional<String> found = match(pattern);
    if (found.isEmpty()) return false;
    tokens.add(new Token(kind, found.get(), line));
    advance(at + found.get().length());
    return true;
  }

  private static void balance(Token bracket, Deque<String> open) {
    switch (bracket.text()) {
      case "(" -> open.push(")");
      case "[" -> open.push("]");
      case "{" -> open.push("}");
      case ")", "]", "}" -> {
        if (open.isEmpty() || !open.pop().equals(bracket.text())) {
          throw new TemplateFailure(
              bracket.line(), "`" + bracket.text() + "` closes nothing that is open");
        }
      }
      default -> {}
    }
  }
}
