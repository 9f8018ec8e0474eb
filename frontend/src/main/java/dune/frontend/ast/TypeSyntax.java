package dune.frontend.ast;

import dune.frontend.source.Span;
import java.util.List;
import java.util.Optional;

/// A type as written.
public sealed interface TypeSyntax extends Node {

  /// `[B, T, D]` of the model's type, or `f32[N]`, `int[...]`, `bool[]`.
  record TensorType(Optional<ElementName> element, Shape shape, Span span) implements TypeSyntax {}

  /// A type of compile-time values.
  record ScalarType(Kind kind, Span span) implements TypeSyntax {
    public enum Kind {
      DIM,
      INT,
      FLOAT,
      BOOL,
      TEXT,
      JSON,
      MASK,
      BLOCK
    }
  }

  /// `[bool]`, `[int?]`: a list of compile-time values.
  record ListType(TypeSyntax element, Span span) implements TypeSyntax {}

  /// `int?`: or `none`.
  record OptionalType(TypeSyntax value, Span span) implements TypeSyntax {}

  /// `[...] -> [...]`, `(f32[N], int[]) -> f32[N]`: a function, or a block whose `forward` fits.
  record FunctionType(List<TypeSyntax> parameters, TypeSyntax result, Span span)
      implements TypeSyntax {
    public FunctionType {
      parameters = List.copyOf(parameters);
    }
  }

  /// `([..., k], int[..., k])`: several results.
  record TupleType(List<TypeSyntax> parts, Span span) implements TypeSyntax {
    public TupleType {
      parts = List.copyOf(parts);
    }
  }

  /// `Rope`: a block by name.
  record NamedType(Identifier name, Span span) implements TypeSyntax {}

  /// A type that could not be parsed.
  record ErrorType(Span span) implements TypeSyntax {}
}
