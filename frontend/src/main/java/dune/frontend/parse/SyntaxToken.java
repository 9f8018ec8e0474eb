package dune.frontend.parse;

import dune.frontend.source.SourceText;
import dune.frontend.source.Span;
import org.antlr.v4.runtime.CommonToken;
import org.antlr.v4.runtime.Token;

/// A token that knows whether it is the first on its line. Its index is its place among the visible
/// tokens.
final class SyntaxToken extends CommonToken {
  private static final long serialVersionUID = 1L;

  private final boolean firstOnLine;

  private SyntaxToken(int type, int start, int end, boolean firstOnLine, String text) {
    super(type);
    this.firstOnLine = firstOnLine;
    setStartIndex(start);
    setStopIndex(end - 1);
    setText(text);
  }

  static SyntaxToken of(int type, Span span, boolean firstOnLine) {
    return new SyntaxToken(type, span.start(), span.end(), firstOnLine, span.text());
  }

  /// A token that the author left out, before `next`.
  static SyntaxToken missing(int type, String text, Token next) {
    return new SyntaxToken(type, next.getStartIndex(), next.getStartIndex(), false, text);
  }

  SyntaxToken withType(int other) {
    return new SyntaxToken(other, getStartIndex(), getStopIndex() + 1, firstOnLine, getText());
  }

  boolean firstOnLine() {
    return firstOnLine;
  }

  Span span(SourceText source) {
    return source.span(getStartIndex(), getStopIndex() + 1);
  }
}
