package dune.frontend.ast;

import dune.frontend.source.Span;
import java.util.Optional;

/// An argument of a weight transform that is no tensor: a size, or `groups = H`.
public record TransformArgument(Optional<Identifier> name, Expression value, Span span)
    implements Node {}
