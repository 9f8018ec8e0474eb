package dune.frontend.ast;

import dune.frontend.source.Span;
import java.util.List;

/// An argument of a call.
public sealed interface Argument extends Node {
  record PositionalArgument(Expression value, Span span) implements Argument {}

  /// `scale = scale`.
  record NamedArgument(Identifier name, Expression value, Span span) implements Argument {}

  /// `over K`, `over ...`, `over A, B`: all axes up to a named argument or the end.
  record AxisArgument(List<AxisSyntax> axes, Span span) implements Argument {
    public AxisArgument {
      axes = List.copyOf(axes);
    }
  }
}
