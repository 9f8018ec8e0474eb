package dune.passes.lora;

/// What a product with a weight is for.
public enum Role {
  ATTENTION_Q("attention.q"),
  ATTENTION_K("attention.k"),
  ATTENTION_V("attention.v"),
  ATTENTION_O("attention.o"),
  MLP_GATE("mlp.gate"),
  MLP_UP("mlp.up"),
  MLP_DOWN("mlp.down"),
  /// What it gives is added to the residual stream.
  WRITER("writers of the residual");

  private final String text;

  Role(String text) {
    this.text = text;
  }

  /// As a selector names it.
  public String text() {
    return text;
  }
}
