package dune.models.written;

/// How queries, keys and values are made.
///
/// @param joined whether they come from one product
/// @param sinking whether a head may attend to nothing
/// @param bounded whether they are cut
record Projections(
    boolean joined, boolean biased, HeadNorm norm, boolean sinking, boolean bounded) {

  enum HeadNorm {
    NONE("identity", "identity"),
    RMS("RmsNorm(K, 1e-5)", "RmsNorm(K, 1e-5)"),
    LAYER("LayerNorm(K, 1e-5)", "LayerNorm(K, 1e-5)"),
    WIDE("WideRmsNorm(KV * G, K, 1e-5)", "WideRmsNorm(KV, K, 1e-5)"),
    EACH("HeadNorm(KV * G, K, 1e-5)", "HeadNorm(KV, K, 1e-5)");

    private final String query;
    private final String key;

    HeadNorm(String query, String key) {
      this.query = query;
      this.key = key;
    }

    String query() {
      return query;
    }

    String key() {
      return key;
    }
  }

  /// Without what only the library's attention has.
  Projections plain() {
    return new Projections(joined, biased, norm, false, false);
  }

  String bias() {
    return biased ? ", biased = true" : "";
  }

  /// The members of attention that is written by hand.
  String members() {
    return joined
        ? "qkv: Linear(D, KV * G * K + KV * K + KV * K" + bias() + ")"
        : """
        q_proj: Linear(D, KV * G * KBIAS)
        k_proj: Linear(D, KV * KBIAS)
        v_proj: Linear(D, KV * KBIAS)\
        """
            .replace("BIAS", bias());
  }

  /// The statements that give `a`, `b` and `c`: queries, keys and values with their heads in one
  /// axis.
  String statements() {
    return joined
        ? "let a, b, c = split(qkv(x), KV * G * K, KV * K, KV * K)"
        : """
        let a = q_proj(x)
        let b = k_proj(x)
        let c = v_proj(x)\
        """;
  }
}
