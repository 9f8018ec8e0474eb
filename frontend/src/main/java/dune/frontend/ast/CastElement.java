package dune.frontend.ast;

import dune.frontend.source.Span;

/// The element type that a cast asks for.
public sealed interface CastElement extends Node {
  /// `f32`.
  record ToElement(ElementName element, Span span) implements CastElement {}

  /// `type(x)`: the element type of `x`.
  record ToTypeOf(Expression value, Span span) implements CastElement {}
}
