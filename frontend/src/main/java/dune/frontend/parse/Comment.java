package dune.frontend.parse;

import dune.frontend.source.Span;

/// A comment of the source: `ownLine` where nothing stands before it on its line.
public record Comment(Kind kind, Span span, boolean ownLine) {
  /// `///` documents what follows, `//` does not.
  public enum Kind {
    DOC,
    LINE
  }
}
