package dune.frontend.ast;

import dune.frontend.source.Span;

/// Anything in the tree: it knows where it stands.
public sealed interface Node
    permits Argument,
        Body,
        CastElement,
        ConfigEntry,
        Documentation,
        Identifier,
        Import,
        IndexEntry,
        InitRule,
        Item,
        AxisSyntax,
        Expression,
        MatchCase,
        NamePart,
        NameTemplate,
        Parameter,
        Path,
        PathPattern,
        PatternStep,
        Shape,
        SourceFile,
        Statement,
        TextPart,
        TransformArgument,
        TypeSyntax,
        VersionLine,
        WeightRule,
        WeightSource {
  Span span();
}
