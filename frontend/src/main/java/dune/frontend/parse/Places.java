package dune.frontend.parse;

import dune.frontend.ast.Identifier;
import dune.frontend.diagnostic.Diagnostic;
import dune.frontend.diagnostic.Diagnostics;
import dune.frontend.source.SourceText;
import dune.frontend.source.Span;
import java.util.List;
import org.antlr.v4.runtime.ParserRuleContext;
import org.antlr.v4.runtime.Token;

/// What all builders share: the source, its tokens, and where to report.
record Places(SourceText source, List<SyntaxToken> tokens, Diagnostics diagnostics) {

  Span span(ParserRuleContext context) {
    int start = context.getStart().getStartIndex();
    int end = context.getStop() == null ? start : context.getStop().getStopIndex() + 1;
    return source.span(start, Math.max(start, end));
  }

  Span span(Token token) {
    return source.span(token.getStartIndex(), token.getStopIndex() + 1);
  }

  /// From the start of one to the end of the other.
  Span span(Token first, Token last) {
    return source.span(first.getStartIndex(), last.getStopIndex() + 1);
  }

  Identifier identifier(ParserRuleContext name) {
    return new Identifier(name.getText(), span(name));
  }

  List<Identifier> identifiers(List<? extends ParserRuleContext> names) {
    return names.stream().map(this::identifier).toList();
  }

  void report(Diagnostic diagnostic) {
    diagnostics.report(diagnostic);
  }
}
