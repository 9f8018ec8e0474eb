package dune.frontend.ast;

import dune.frontend.source.Span;
import java.util.List;

/// Where a weight comes from.
public sealed interface WeightSource extends Node {
  /// `"model.{*}"`.
  record NamedTensor(NameTemplate name, Span span) implements WeightSource {}

  /// `split("model.{*}.qkv_proj", H * K, KV * K, KV * K)`, `transpose(...)`, `mxfp4("a", "b")`.
  record Transform(
      Identifier function,
      List<WeightSource> operands,
      List<TransformArgument> arguments,
      Span span)
      implements WeightSource {
    public Transform {
      operands = List.copyOf(operands);
      arguments = List.copyOf(arguments);
    }
  }

  /// `a ?? b`: the first that the file has.
  record FirstPresent(List<WeightSource> choices, Span span) implements WeightSource {
    public FirstPresent {
      choices = List.copyOf(choices);
    }
  }

  /// A source that could not be parsed.
  record ErrorSource(Span span) implements WeightSource {}
}
