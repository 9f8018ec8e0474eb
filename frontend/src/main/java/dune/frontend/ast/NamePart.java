package dune.frontend.ast;

import dune.frontend.source.Span;
import java.util.List;

/// A part of a tensor name.
public sealed interface NamePart extends Node {
  /// Characters as they are.
  record PlainPart(String text, Span span) implements NamePart {}

  /// `{*}`: what `*` matched on the left.
  record WildcardPart(Span span) implements NamePart {}

  /// `{h}`: an index from the left side, or a parameter of the model.
  record NamedPart(Identifier name, Span span) implements NamePart {}

  /// `[transformer.]`: there or not, in all tensors of a file alike. Does not nest.
  record OptionalPart(List<NamePart> parts, Span span) implements NamePart {
    public OptionalPart {
      parts = List.copyOf(parts);
    }
  }
}
