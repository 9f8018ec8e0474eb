package dune.frontend.ast;

import dune.frontend.source.Span;
import java.util.Optional;

/// What may stand in a body.
public sealed interface Statement extends Node
    permits Let,
        Require,
        Statement.Var,
        Statement.Assign,
        Statement.Penalty,
        Statement.ExpressionStatement,
        Statement.ErrorStatement {

  /// `var state: f32[B, H] = zeros`.
  record Var(Identifier name, Optional<TypeSyntax> type, Expression value, Span span)
      implements Statement {}

  /// `x = layer(x)`, of a `var`.
  record Assign(Identifier name, Expression value, Span span) implements Statement {}

  /// `penalty value`: adds a scalar to the training loss.
  record Penalty(Expression value, Span span) implements Statement {}

  /// The value of a body when it stands last, otherwise a `for` or an `if` that assigns.
  record ExpressionStatement(Expression value, Span span) implements Statement {}

  /// A statement that could not be parsed.
  record ErrorStatement(Span span) implements Statement {}
}
