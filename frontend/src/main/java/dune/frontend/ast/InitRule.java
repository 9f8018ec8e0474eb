package dune.frontend.ast;

import dune.frontend.source.Span;
import java.util.List;

/// `*.o_proj.weight, *.down_proj.weight = normal(0.02)`; the value is a name or a call.
public record InitRule(List<PathPattern> targets, Expression value, Span span) implements Node {
  public InitRule {
    targets = List.copyOf(targets);
  }
}
