package dune.frontend.ast;

import dune.frontend.source.Span;
import java.util.List;

/// Statements in braces; its value is that of a last statement that is an expression. Where the
/// grammar allows a bare expression instead (`else if`, a case of `match`), it is a body of that
/// one expression.
public record Body(List<Statement> statements, Span span) implements Node {
  public Body {
    statements = List.copyOf(statements);
  }
}
