package dune.frontend.elaborate;

import dune.frontend.source.Span;

/// What a name means in a scope.
///
/// @param declared where the name was introduced
record Binding(Datum value, Kind kind, Span declared) {
  enum Kind {
    FIXED,
    /// Declared by `var`: may be assigned.
    VARIABLE
  }

  Binding with(Datum other) {
    return new Binding(other, kind, declared);
  }
}
