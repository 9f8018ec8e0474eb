package dune.frontend.ast;

import dune.frontend.ast.Expression.TextLiteral;
import dune.frontend.source.Span;
import java.util.List;

/// A line of a `weights` clause; the first that matches wins.
public sealed interface WeightRule extends Node {
  /// `ours = theirs`.
  record WeightMapping(PathPattern target, WeightSource source, Span span) implements WeightRule {}

  /// `ignore "*.rotary_emb.inv_freq"`: tensors of the file that nobody needs. `*` matches any
  /// characters.
  record IgnoreRule(List<TextLiteral> globs, Span span) implements WeightRule {
    public IgnoreRule {
      globs = List.copyOf(globs);
    }
  }

  /// A line that could not be parsed.
  record ErrorWeightRule(Span span) implements WeightRule {}
}
