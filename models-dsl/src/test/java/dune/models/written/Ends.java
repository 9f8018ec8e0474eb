package dune.models.written;

import java.util.List;

/// What stands before and after the layers.
record Ends(Table table, Entry entry, Norm norm, boolean tied, boolean biased, Exit exit) {
  /// How steps know where they are, unless attention tells them.
  enum Table {
    NONE("", ""),
    LEARNED(" + place(position(T))", ""),
    WAVES(
        " + waves(T, D) as type(e)",
        """
        fn waves(T: dim, D: dim) -> f32[T, D] {
          let a: f32[T, D] = position(T) as f32 * 50.0 ** (-(position(D) as f32) / D)
          sin(a)
        }
        """);

    private final String added;
    private final String definition;

    Table(String added, String definition) {
      this.added = added;
      this.definition = definition;
    }
  }

  /// What happens to embeddings.
  enum Entry {
    PLAIN("e"),
    ROOT("e * (sqrt(D) as type(e))"),
    FACTOR("3.5 * e"),
    NORMED("first(e)");

    private final String expression;

    Entry(String expression) {
      this.expression = expression;
    }
  }

  /// What happens to logits.
  enum Exit {
    PLAIN("head(y)"),
    CAPPED("cap(head(y), 3.0)"),
    BENT("tanh(head(y) / 3.0) * 3.0"),
    DIVIDED("head(y) / 8"),
    FACTOR("head(y * 0.125)");

    private final String expression;

    Exit(String expression) {
      this.expression = expression;
    }
  }

  /// The same in words of the library, as far as it has them.
  Ends inLibrary() {
    return new Ends(
        table, entry, norm.inLibrary(), tied, biased, exit == Exit.BENT ? Exit.CAPPED : exit);
  }

  String members() {
    var text = new StringBuilder("embed: Embedding(V, D)\n");
    if (table == Table.LEARNED) text.append("place: Embedding(P, D)\n");
    if (entry == Entry.NORMED) text.append("first: LayerNorm(D, 1e-5)\n");
    text.append("norm: %s\n".formatted(norm.over("D").expression()));
    text.append("head: Linear(D, V%s)\n".formatted(biased ? ", biased = true" : ""));
    if (tied) text.append("tie head.weight = embed.weight\n");
    return text.toString();
  }

  /// What goes into the first layer, where `e` are the embeddings.
  String begin() {
    return entry.expression + table.added;
  }

  /// The statements that make logits of `x`.
  String finish() {
    return "let y = norm(x)\n    " + exit.expression;
  }

  List<String> definitions() {
    return List.of(norm.over("D").definition(), table.definition);
  }
}
