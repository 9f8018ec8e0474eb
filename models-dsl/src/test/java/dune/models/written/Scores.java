package dune.models.written;

/// From queries and keys to what is collected, in attention that is written by hand; the cap is for
/// the library's too.
record Scores(Scale scale, boolean capped, Masking masking, Shares shares) {
  enum Scale {
    PRODUCT("dot(query, keys, over K) * K ** -0.5"),
    QUOTIENT("dot(query, keys, over K) / sqrt(K)"),
    QUERIES("dot(query * K ** -0.5, keys, over K)"),
    KEYS("dot(query, keys * 0.25, over K)");

    private final String expression;

    Scale(String expression) {
      this.expression = expression;
    }
  }

  enum Masking {
    CHOSEN("where(allowed(query = T, key = S), s, -inf)"),
    ADDED("s + where(allowed(query = T, key = S), 0.0, -inf)");

    private final String expression;

    Masking(String expression) {
      this.expression = expression;
    }
  }

  enum Shares {
    SOFTMAX("let y = dot(softmax(z, over S) as type(x), values, over S)"),
    SHIFTED(
        """
        let e = exp(z - max(z, over S))
        let y = dot((e / sum(e, over S)) as type(x), values, over S)\
        """),
    BARE("let y = dot((exp(z) / sum(exp(z), over S)) as type(x), values, over S)"),
    LATE(
        """
        let e = exp(z - max(z, over S))
        let y = (dot(e, values as f32, over S) / sum(e, over S)) as type(x)\
        """),
    ALMOST(
        """
        let e = exp(z - max(z, over S))
        let y = dot((e / (1 + sum(e, over S))) as type(x), values, over S)\
        """),
    SIGMOID("let y = dot(sigmoid(z) as type(x), values, over S)"),
    LINEAR("let y = dot(where(allowed(query = T, key = S), s, 0) as type(x), values, over S)") {
      @Override
      boolean masks() {
        return true;
      }
    };

    private final String statements;

    Shares(String statements) {
      this.statements = statements;
    }

    /// Whether it masks by itself, in a way of its own.
    boolean masks() {
      return false;
    }
  }

  /// The same in words of the library, as far as it has them.
  Scores inLibrary() {
    return new Scores(
        scale == Scale.KEYS ? Scale.KEYS : Scale.PRODUCT,
        capped,
        Masking.CHOSEN,
        switch (shares) {
          case SOFTMAX, SHIFTED, BARE, LATE -> Shares.SOFTMAX;
          case ALMOST, SIGMOID, LINEAR -> shares;
        });
  }

  /// Whether the library's attention can compute them.
  boolean areLibrarys() {
    return shares == Shares.SOFTMAX;
  }

  /// The statements that give `y`, from `query`, `keys`, `values` and, with slopes, `bias`.
  String statements(boolean slopes) {
    String raw = scale.expression;
    if (capped) raw = "5.0 * tanh((" + raw + ") / 5.0)";
    String sum = slopes ? " + bias(position(T), position(S)) as [KV, G, T, S]" : "";
    return """
    let raw = RAW
    let s = raw as f32SUM
    MASKED
    SHARES\
    """
        .replace("RAW", raw)
        .replace("SUM", sum)
        .replace("MASKED", shares.masks() ? "" : "let z = " + masking.expression)
        .replace("SHARES", shares.statements);
  }
}
