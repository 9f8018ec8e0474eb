package dune.weights.consolidated;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a tensor is called here and there, and what becomes of it on the way.
final class Names {

  /// How machines share a tensor.
  enum Share {
    /// Each has all of it.
    WHOLE,
    /// Each has some rows.
    ROWS,
    /// Each has some columns.
    COLUMNS,
    /// Rows or columns, as the release has it.
    EITHER
  }

  /// What has to be done to the elements.
  enum Change {
    NONE,
    /// Queries: rotary pairs lie beside each other here, and half a head apart there.
    QUERY,
    KEY,
    /// Experts, one below the other.
    EXPERTS,
    /// Experts, one below the other, each transposed.
    EXPERTS_TRANSPOSED,
    /// There is no such tensor in the other layout.
    DROP
  }

  /// @param theirs the name in Hugging Face's layout; `%d` stands for the number of an expert
  record Meaning(String theirs, Share share, Change change) {}

  private record Rule(Pattern ours, String theirs, Share share, Change change) {}

  private static final String LAYER = "(layers\\.\\d+)\\.";

  private static final List<Rule> RULES =
      List.of(
          rule("tok_embeddings\\.weight", "model.embed_tokens.weight", Share.EITHER),
          rule("norm\\.weight", "model.norm.weight", Share.WHOLE),
          rule("output\\.weight", "lm_head.weight", Share.ROWS),
          rule("rope\\.freqs", "", Share.WHOLE, Change.DROP),
          rule(LAYER + "attention_norm\\.weight", "model.$1.input_layernorm.weight", Share.WHOLE),
          rule(
              LAYER + "ffn_norm\\.weight", "model.$1.post_attention_layernorm.weight", Share.WHOLE),
          rule(
              LAYER + "attention\\.wq\\.(weight|bias)",
              "model.$1.self_attn.q_proj.$2",
              Share.ROWS,
              Change.QUERY),
          rule(
              LAYER + "attention\\.wk\\.(weight|bias)",
              "model.$1.self_attn.k_proj.$2",
              Share.ROWS,
              Change.KEY),
          rule(
              LAYER + "attention\\.wv\\.(weight|bias)", "model.$1.self_attn.v_proj.$2", Share.ROWS),
          rule(
              LAYER + "attention\\.wo\\.weight", "model.$1.self_attn.o_proj.weight", Share.COLUMNS),
          rule(LAYER + "feed_forward\\.w1\\.weight", "model.$1.mlp.gate_proj.weight", Share.ROWS),
          rule(
              LAYER + "feed_forward\\.w2\\.weight", "model.$1.mlp.down_proj.weight", Share.COLUMNS),
          rule(LAYER + "feed_forward\\.w3\\.weight", "model.$1.mlp.up_proj.weight", Share.ROWS),
          rule(
              LAYER + "(?:feed_forward|block_sparse_moe)\\.gate\\.weight",
              "model.$1.block_sparse_moe.gate.weight",
              Share.WHOLE),
          rule(
              LAYER + "feed_forward\\.experts\\.(\\d+)\\.(w[123])\\.weight",
              "model.$1.block_sparse_moe.experts.$2.$3.weight",
              Share.WHOLE),
          rule(
              LAYER + "block_sparse_moe\\.(w[13])",
              "model.$1.block_sparse_moe.experts.%d.$2.weight",
              Share.WHOLE,
              Change.EXPERTS),
          rule(
              LAYER + "block_sparse_moe\\.(w2)",
              "model.$1.block_sparse_moe.experts.%d.$2.weight",
              Share.WHOLE,
              Change.EXPERTS_TRANSPOSED));

  private Names() {}

  private static Rule rule(String ours, String theirs, Share share) {
    return rule(ours, theirs, share, Change.NONE);
  }

  private static Rule rule(String ours, String theirs, Share share, Change change) {
    return new Rule(Pattern.compile(ours), theirs, share, change);
  }

  static Optional<Meaning> meaning(String name) {
    for (Rule rule : RULES) {
      Matcher match = rule.ours().matcher(name);
      if (match.matches()) {
        return Optional.of(
            new Meaning(match.replaceFirst(rule.theirs()), rule.share(), rule.change()));
      }
    }
    return Optional.empty();
  }
}
