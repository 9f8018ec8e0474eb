package dune.models.written;

import dune.models.written.Projections.HeadNorm;
import java.util.ArrayList;
import java.util.List;

/// How steps look at others.
record Attention(Form form, Look look, Projections projections, Scores scores) {
  enum Form {
    LIBRARY,
    WRITTEN,
    LATENT
  }

  /// The member's block.
  ///
  /// @param name of the block that is written by hand, if one is
  String member(String name) {
    String mask = look.mask().expression();
    return switch (form) {
      case LIBRARY -> "Attention(" + String.join(", ", arguments()) + ")";
      case WRITTEN -> "%s(%s)".formatted(name, mask);
      case LATENT ->
          "LatentAttention(D, KV * G, K, 2, 4, 6, %s, Rope(2), %s)"
              .formatted(projections.joined() ? "none" : "8", mask);
    };
  }

  private List<String> arguments() {
    var arguments = new ArrayList<String>();
    arguments.add("D, KV * G, KV, K");
    arguments.add(look.turning().piece().expression());
    arguments.add(look.mask().expression());
    if (scores.scale() == Scores.Scale.KEYS) arguments.add("scale = 0.25");
    if (scores.capped()) arguments.add("softcap = 5.0");
    if (projections.biased()) arguments.add("biased = true");
    if (projections.norm() != HeadNorm.NONE) {
      arguments.add("norm_q = " + projections.norm().query());
      arguments.add("norm_k = " + projections.norm().key());
    }
    if (look.slopes()) arguments.add("bias = Alibi(KV * G)");
    if (projections.sinking()) arguments.add("sinking = true");
    if (projections.bounded()) arguments.add("limit = 1.0");
    return arguments;
  }

  /// The block that is written by hand; empty if none is.
  String block(String name) {
    if (form != Form.WRITTEN) return "";
    return """
    block NAME(allowed: mask) {
      MEMBERS
      q_norm: QUERY_NORM
      k_norm: KEY_NORM
      turn: TURN
      SLOPES
      o_proj: Linear(KV * G * K, DBIAS)

      forward(x: [B, T, D]) -> [B, T, D] {
        PARTS
        let query = turn(q_norm(a as [B, T, KV * G, K])) as [B, T, KV, G, K]
        let keys = turn(k_norm(b as [B, T, KV, K]))[T -> S]
        let values = (c as [B, T, KV, K])[T -> S]
        SHARES
        o_proj(y as [B, T, KV * G * K])
      }
    }
    """
        .replace("NAME", name)
        .replace("MEMBERS", projections.members())
        .replace("QUERY_NORM", projections.norm().query())
        .replace("KEY_NORM", projections.norm().key())
        .replace("TURN", look.turning().piece().expression())
        .replace("SLOPES", look.slopes() ? "bias: Alibi(KV * G)" : "")
        .replace("BIAS", projections.bias())
        .replace("PARTS", projections.statements())
        .replace("SHARES", scores.statements(look.slopes()));
  }

  /// The same in words of the library, as far as it has them.
  Attention inLibrary() {
    var plain = new Attention(form, look.inLibrary(), projections, scores.inLibrary());
    if (form != Form.WRITTEN || projections.joined() || !plain.scores.areLibrarys()) return plain;
    return new Attention(Form.LIBRARY, plain.look, projections.plain(), plain.scores);
  }

  List<String> definitions() {
    return List.of(look.turning().piece().definition(), look.mask().definition());
  }
}
