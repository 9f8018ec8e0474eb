package dune.frontend.ast;

import dune.frontend.source.Span;
import java.util.List;

/// `[..., H * K]`: axes, the last one innermost.
public record Shape(List<AxisSyntax> axes, Span span) implements Node {
  public Shape {
    axes = List.copyOf(axes);
  }
}
