package dune.frontend.ast;

import dune.frontend.source.Span;

/// One entry in the brackets of an index.
public sealed interface IndexEntry extends Node {
  /// `V = i`, `T = 0`, or with a range `R = 0 .. R by 2`: gather, select or slice along an axis.
  record AxisSelection(Expression axis, Expression value, Span span) implements IndexEntry {}

  /// `T -> S`: axis `T` is called `S` from here on.
  record AxisRenaming(Expression axis, Identifier name, Span span) implements IndexEntry {}

  /// `i`: an element of a list, or the block of that number.
  record ElementIndex(Expression value, Span span) implements IndexEntry {}
}
