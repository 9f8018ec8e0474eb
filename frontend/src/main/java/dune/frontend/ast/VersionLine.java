package dune.frontend.ast;

import dune.frontend.source.Span;

/// `dune 1`, the version of the language that a file is written in.
public record VersionLine(int version, Span span) implements Node {}
