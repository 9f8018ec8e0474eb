package dune.frontend.ast;

import dune.frontend.source.Span;
import java.util.List;
import java.util.Optional;

/// What may stand in a block or model.
public sealed interface Item extends Node
    permits Definition,
        Let,
        Require,
        Item.Tie,
        Item.IfItem,
        Item.WeightDeclaration,
        Item.Member,
        Item.Forward,
        Item.Init,
        Item.Checkpoint,
        Item.ErrorItem {

  /// `tie lm_head.weight = embed_tokens.weight`: `alias` is the same weight as `original`.
  record Tie(Path alias, Path original, Span span) implements Item {}

  /// `if biased { ... } else { ... }` around items. `else if` is an `otherwise` of one `IfItem`.
  record IfItem(Expression condition, List<Item> then, List<Item> otherwise, Span span)
      implements Item {
    public IfItem {
      then = List.copyOf(then);
      otherwise = List.copyOf(otherwise);
    }
  }

  /// `weight: param f32 [N, D] = normal(0.02)`.
  record WeightDeclaration(
      Identifier name,
      Optional<ElementName> element,
      Shape shape,
      Optional<Expression> initial,
      Span span)
      implements Item {}

  /// `norm: RmsNorm(D, eps)`; the value may be an `if` or a list of blocks.
  record Member(Identifier name, Expression value, Span span) implements Item {}

  /// `forward(x: [..., D]) -> [..., N] { ... }`.
  record Forward(List<Parameter> parameters, TypeSyntax result, Body body, Span span)
      implements Item {
    public Forward {
      parameters = List.copyOf(parameters);
    }
  }

  /// `init { *.o_proj.weight = normal(0.02) }`.
  record Init(List<InitRule> rules, Span span) implements Item {
    public Init {
      rules = List.copyOf(rules);
    }
  }

  /// `checkpoint "LlamaForCausalLM" { config { ... } weights { ... } }`. A clause that is not there
  /// is empty.
  record Checkpoint(
      List<Expression.TextLiteral> architectures,
      List<ConfigEntry> config,
      List<WeightRule> weights,
      Span span)
      implements Item {
    public Checkpoint {
      architectures = List.copyOf(architectures);
      config = List.copyOf(config);
      weights = List.copyOf(weights);
    }
  }

  /// An item that could not be parsed; where its name could, it is kept, so that uses of it are not
  /// reported.
  record ErrorItem(Optional<Identifier> name, Span span) implements Item {}
}
