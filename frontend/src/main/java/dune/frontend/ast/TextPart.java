package dune.frontend.ast;

import dune.frontend.source.Span;

/// A part of a text literal.
public sealed interface TextPart extends Node {
  /// Characters, escapes resolved.
  record Plain(String text, Span span) implements TextPart {}

  /// `{H * K}`.
  record Interpolation(Expression value, Span span) implements TextPart {}
}
