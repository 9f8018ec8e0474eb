package dune.runtime.template;

import dune.runtime.template.Token.Kind;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// The tokens of a template, read one after the other by the parsers.
final class Tokens {
  /// Deeper nesting is no template that a person wrote.
  private static final int DEEPEST = 100;

  private final List<Token> tokens;
  private int at;
  private int depth;

  /// Every name read so far; a macro takes `varargs` if it mentions it.
  final Set<String> mentioned = new LinkedHashSet<>();

  Tokens(List<Token> tokens) {
    this.tokens = tokens;
  }

  Token peek() {
    return tokens.get(at);
  }

  Token peekSecond() {
    return tokens.get(Math.min(at + 1, tokens.size() - 1));
  }

  Token next() {
    Token token = tokens.get(at);
    if (at < tokens.size() - 1) at++;
    if (token.kind() == Kind.NAME) mentioned.add(token.text());
    return token;
  }

  int line() {
    return peek().line();
  }

  boolean skipOperator(String operator) {
    boolean found = peek().isOperator(operator);
    if (found) next();
    return found;
  }

  boolean skipName(String name) {
    boolean found = peek().isName(name);
    if (found) next();
    return found;
  }

  void requireOperator(String operator) {
    if (!skipOperator(operator)) throw unexpected("`" + operator + "`");
  }

  void requireName(String name) {
    if (!skipName(name)) throw unexpected("`" + name + "`");
  }

  Token require(Kind kind) {
    if (peek().kind() != kind) throw unexpected(new Token(kind, "a name", 0).describe());
    return next();
  }

  TemplateFailure unexpected(String wanted) {
    return new TemplateFailure(line(), wanted + " is expected, not " + peek().describe());
  }

  void enter() {
    if (++depth > DEEPEST) {
      throw new TemplateFailure(line(), "this is nested more than " + DEEPEST + " levels deep");
    }
  }

  void leave() {
    depth--;
  }
}
