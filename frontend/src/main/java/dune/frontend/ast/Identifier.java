package dune.frontend.ast;

import dune.frontend.source.Span;

/// A name where it is declared, or where only a name can stand (a field, a path, a named argument).
public record Identifier(String text, Span span) implements Node {
  @Override
  public String toString() {
    return text;
  }
}
