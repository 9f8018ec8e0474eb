package dune.frontend.ast;

import dune.frontend.source.Span;
import java.util.List;
import java.util.Optional;

/// What a file, or a block, defines by name.
public sealed interface Definition extends Item {
  Optional<Documentation> documentation();

  Identifier name();

  List<Parameter> parameters();

  /// `model Llama(V: dim = 32000, ...) { ... }`, or `block Linear(D: dim, N: dim) { ... }`.
  record BlockDefinition(
      Optional<Documentation> documentation,
      Kind kind,
      Identifier name,
      List<Parameter> parameters,
      List<Item> items,
      Span span)
      implements Definition {
    public BlockDefinition {
      parameters = List.copyOf(parameters);
      items = List.copyOf(items);
    }

    /// Whether a checkpoint may be read into it (`model`), or it is a part of others (`block`).
    public enum Kind {
      MODEL,
      BLOCK
    }
  }

  /// `fn softmax(x: [..., X], over X) -> [..., X] { ... }`.
  record FunctionDefinition(
      Optional<Documentation> documentation,
      Identifier name,
      List<Parameter> parameters,
      TypeSyntax result,
      Body body,
      Span span)
      implements Definition {
    public FunctionDefinition {
      parameters = List.copyOf(parameters);
    }
  }

  /// `mask causal = key <= query`, or with parameters `mask within(w: int?) = w == none or query -
  /// key < w`.
  record MaskDefinition(
      Optional<Documentation> documentation,
      Identifier name,
      List<Parameter> parameters,
      Expression condition,
      Span span)
      implements Definition {
    public MaskDefinition {
      parameters = List.copyOf(parameters);
    }
  }
}
