package dune.frontend.ast;

import dune.frontend.source.Span;

/// One axis of a shape, or after `over`.
public sealed interface AxisSyntax extends Node {

  /// `...`: any number of axes.
  record PackAxis(Span span) implements AxisSyntax {}

  /// `D`, `H * K`, `2`.
  record DimensionAxis(Expression dimension, Span span) implements AxisSyntax {}
}
