package dune.frontend.ast;

import dune.frontend.source.Span;

/// The `///` lines before a definition, without their slashes, joined by newlines.
public record Documentation(String text, Span span) implements Node {}
