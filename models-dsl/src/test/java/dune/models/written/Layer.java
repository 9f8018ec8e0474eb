package dune.models.written;

import java.util.List;

/// One layer: mixing of neighbours, attention and feeding, around a residual stream.
record Layer(Mixing mixing, Attention attention, Feeding feeding, Norm norm, Wiring wiring) {
  /// How steps meet before they attend.
  enum Mixing {
    NONE("x", ""),
    SHIFTED("x + 0.5 * previous(x)", ""),
    CONVOLVED("x + mix(x)", ""),
    FADED(
        "x + 0.3 * faded(x)",
        """
        fn faded(x: [B, T, D]) -> [B, T, D] {
          var past: [B, D] = zeros
          for t in T {
            past = 0.5 * past + x[T = t]
            past
          }
        }
        """);

    private final String expression;
    private final String definition;

    Mixing(String expression, String definition) {
      this.expression = expression;
      this.definition = definition;
    }
  }

  /// Where norms and sums stand.
  enum Wiring {
    BEFORE("let h = y + attn(one(y))", "h + feed(two(h))"),
    AFTER("let h = y + one(attn(y))", "h + two(feed(h))"),
    AROUND("let h = y + three(attn(one(y)))", "h + four(feed(two(h)))"),
    SUMMED("let h = one(y + attn(y))", "two(h + feed(h))"),
    PARALLEL("let h = one(y)", "y + attn(h) + feed(h)"),
    PARALLEL_APART("y + attn(one(y)) + feed(two(y))"),
    SCALED("let h = y + 0.22 * attn(one(y))", "h + feed(two(h)) * 0.22"),
    TURNED_ROUND("let h = attn(one(y)) + y", "feed(two(h)) + h");

    private final List<String> statements;

    Wiring(String... statements) {
      this.statements = List.of(statements);
    }

    /// Whether it has this member.
    private boolean has(String member) {
      return statements.stream().anyMatch(statement -> statement.contains(member + "("));
    }
  }

  /// The same in words of the library, as far as it has them.
  Layer inLibrary() {
    return new Layer(
        mixing,
        attention.inLibrary(),
        feeding.inLibrary(),
        norm.inLibrary(),
        wiring == Wiring.TURNED_ROUND ? Wiring.BEFORE : wiring);
  }

  /// The blocks of the layer, and of what in it is written by hand.
  String blocks(String name) {
    String attend = name + "Attention";
    String feed = name + "Feeding";
    var text = new StringBuilder();
    text.append("block %s(i: int) {\n".formatted(name));
    text.append("  let reach: int? = %s\n".formatted(attention.look().reach()));
    if (mixing == Mixing.CONVOLVED) text.append("  mix: CausalConv(D, 3)\n");
    text.append("  attn: %s\n".formatted(attention.member(attend)));
    text.append("  feed: %s\n".formatted(feeding.member(feed)));
    for (String member : List.of("one", "two", "three", "four")) {
      if (wiring.has(member)) {
        text.append("  %s: %s\n".formatted(member, norm.over("D").expression()));
      }
    }
    text.append("\n  forward(x: [B, T, D]) -> [B, T, D] {\n");
    text.append("    let y = %s\n".formatted(mixing.expression));
    wiring.statements.forEach(statement -> text.append("    %s\n".formatted(statement)));
    text.append("  }\n}\n");
    return text + attention.block(attend) + feeding.block(feed);
  }

  /// What stands at the top of the file.
  List<String> definitions() {
    return java.util.stream.Stream.of(
            attention.definitions(),
            List.of(feeding.activation().piece().definition()),
            List.of(norm.over("D").definition(), mixing.definition))
        .flatMap(List::stream)
        .toList();
  }
}
