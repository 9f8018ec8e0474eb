package dune.models.written;

/// What each step does for itself.
///
/// @param router for experts only
/// @param shared whether an expert that all tokens share stands beside the others
record Feeding(Kind kind, Activation activation, boolean biased, Router router, boolean shared) {
  enum Kind {
    PLAIN,
    GATED,
    CLAMPED,
    WRITTEN,
    JOINED,
    EXPERTS,
    WRITTEN_EXPERTS
  }

  /// The member's block.
  ///
  /// @param name of the block that is written by hand, if one is
  String member(String name) {
    String act = activation.piece().expression();
    return switch (kind) {
      case PLAIN -> "Mlp(D, F, %s%s)".formatted(act, bias());
      case GATED -> gated(act);
      case CLAMPED -> "ClampedMlp(D, F, limit = 0.5%s)".formatted(bias());
      case EXPERTS ->
          "SparseMoe(D, 4, 2, %s, %s%s)"
              .formatted(gated(act), router.expression(), shared ? ", shared = " + gated(act) : "");
      case WRITTEN, JOINED, WRITTEN_EXPERTS -> name + "()";
    };
  }

  /// The same in words of the library, as far as it has them.
  Feeding inLibrary() {
    Kind same = kind == Kind.WRITTEN ? Kind.GATED : kind;
    return new Feeding(same, activation.inLibrary(), biased, router, shared);
  }

  private String gated(String act) {
    return "GatedMlp(D, F, %s%s)".formatted(act, bias());
  }

  private String bias() {
    return biased ? ", biased = true" : "";
  }

  /// The block that is written by hand; empty if none is.
  String block(String name) {
    String act = activation.piece().expression();
    String text =
        switch (kind) {
          case PLAIN, GATED, CLAMPED, EXPERTS -> "";
          case WRITTEN ->
              """
              block NAME() {
                gate_proj: Linear(D, FBIAS)
                up_proj: Linear(D, FBIAS)
                down_proj: Linear(F, DBIAS)
                act_fn: ACT
                forward(x: [..., D]) -> [..., D] { down_proj(up_proj(x) * act_fn(gate_proj(x))) }
              }
              """;
          case JOINED ->
              """
              block NAME() {
                both: Linear(D, F + FBIAS)
                down: Linear(F, DBIAS)
                act: ACT
                forward(x: [..., D]) -> [..., D] {
                  let gate, up = split(both(x), F, F)
                  down(act(gate) * up)
                }
              }
              """;
          case WRITTEN_EXPERTS ->
              """
              block NAME() {
                gate: Linear(D, 4)
                experts: [Mlp(D, F, ACTBIAS) for e in 0 .. 4]
                forward(x: [..., D]) -> [..., D] {
                  let share, e = top(softmax(gate(x) as f32, over 4), 2, over 4)
                  dot(share as type(x), experts[e](x), over 2)
                }
              }
              """;
        };
    return text.replace("NAME", name).replace("ACT", act).replace("BIAS", bias());
  }
}
