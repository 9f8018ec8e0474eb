package dune.frontend.ast;

import dune.frontend.source.Span;
import java.util.Optional;

/// A parameter of a definition or of `forward`.
public sealed interface Parameter extends Node {
  Identifier name();

  /// `eps: float = 1e-5`.
  record ValueParameter(Identifier name, TypeSyntax type, Optional<Expression> byDefault, Span span)
      implements Parameter {}

  /// `over X`: the caller names one of its axes.
  record AxisParameter(Identifier name, Span span) implements Parameter {}
}
