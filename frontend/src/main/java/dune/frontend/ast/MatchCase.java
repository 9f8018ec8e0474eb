package dune.frontend.ast;

import dune.frontend.source.Span;
import java.util.List;

/// `"silu", "swish" -> silu`; `else` has no patterns.
public record MatchCase(List<Expression> patterns, Body value, Span span) implements Node {
  public MatchCase {
    patterns = List.copyOf(patterns);
  }

  public boolean isElse() {
    return patterns.isEmpty();
  }
}
