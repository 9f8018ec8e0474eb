package dune.frontend.ast;

import dune.frontend.source.Span;
import java.util.List;

/// `import std.{Linear, softmax}`: `path` is `std`, `names` are what the file wants of it.
public record Import(List<Identifier> path, List<Identifier> names, Span span) implements Node {
  public Import {
    path = List.copyOf(path);
    names = List.copyOf(names);
  }
}
