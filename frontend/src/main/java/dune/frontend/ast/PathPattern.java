package dune.frontend.ast;

import dune.frontend.source.Span;
import java.util.List;

/// `*.attn.(q_proj, k_proj)`: paths of members or weights.
public record PathPattern(List<PatternStep> steps, Span span) implements Node {
  public PathPattern {
    steps = List.copyOf(steps);
  }
}
