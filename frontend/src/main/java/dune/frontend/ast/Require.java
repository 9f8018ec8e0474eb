package dune.frontend.ast;

import dune.frontend.ast.Expression.TextLiteral;
import dune.frontend.source.Span;

/// `require H % KV == 0, "query heads ({H}) must be a multiple of key/value heads ({KV})"`.
public record Require(Expression condition, TextLiteral message, Span span)
    implements Item, Statement {}
