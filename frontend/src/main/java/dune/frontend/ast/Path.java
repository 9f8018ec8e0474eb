package dune.frontend.ast;

import dune.frontend.source.Span;
import java.util.List;
import java.util.stream.Collectors;

/// `lm_head.weight`: a member, or a weight of one.
public record Path(List<Identifier> names, Span span) implements Node {
  public Path {
    names = List.copyOf(names);
  }

  @Override
  public String toString() {
    return names.stream().map(Identifier::text).collect(Collectors.joining("."));
  }
}
