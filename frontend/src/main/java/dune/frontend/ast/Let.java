package dune.frontend.ast;

import dune.frontend.source.Span;
import java.util.List;
import java.util.Optional;

/// `let a, b: f32[N] = value`, in a body, a block or a `config` clause. Several names take the
/// parts of a tuple.
public record Let(List<Identifier> names, Optional<TypeSyntax> type, Expression value, Span span)
    implements Item, Statement, ConfigEntry {
  public Let {
    names = List.copyOf(names);
  }
}
