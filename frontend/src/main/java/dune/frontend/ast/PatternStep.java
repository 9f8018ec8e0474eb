package dune.frontend.ast;

import dune.frontend.source.Span;
import java.util.List;
import java.util.Optional;

/// A step of a path pattern.
public sealed interface PatternStep extends Node {
  /// `*`: any number of steps, called `{*}` on the right.
  record AnyStep(Span span) implements PatternStep {}

  /// `(q_proj, k_proj, v_proj)`: each in turn, for a source that has several parts.
  record GroupStep(List<Identifier> names, Span span) implements PatternStep {
    public GroupStep {
      names = List.copyOf(names);
    }
  }

  /// `weight`, or `weight[h]`: stacked along `h`, called `{h}` on the right.
  record NameStep(Identifier name, Optional<Identifier> index, Span span) implements PatternStep {}
}
