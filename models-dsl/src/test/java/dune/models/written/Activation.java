package dune.models.written;

/// What a feed-forward block bends its inner features with: by name, written by hand, or almost
/// what has a name.
enum Activation {
  SILU("silu"),
  GELU("gelu"),
  GELU_TANH("gelu_tanh"),
  RELU("relu"),
  RELU2("relu2"),
  XIELU("Xielu()"),
  OWN_SILU("own_silu", "x * sigmoid(x)"),
  TURNED_SILU("turned_silu", "sigmoid(x) * x"),
  DIVIDED_SILU("divided_silu", "x / (1 + exp(-x))"),
  QUICK_GELU("quick_gelu", "x * sigmoid(1.702 * x)"),
  OWN_GELU("own_gelu", "0.5 * x * (1.0 + erf(x * 0.7071067811865476))"),
  HALVED_GELU("halved_gelu", "x * (1 + erf(x / sqrt(2.0))) / 2"),
  OWN_GELU_TANH("own_gelu_tanh", "0.5 * x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x * x * x)))"),
  FACTORED_GELU_TANH(
      "factored_gelu_tanh",
      "x * 0.5 * (1 + tanh(0.7978845608028654 * x * (1 + 0.044715 * x ** 2)))"),
  OWN_RELU2("own_relu2", "max(x, 0) ** 2"),
  SOFT("soft", "log(1 + exp(x))"),
  ALMOST_SILU("almost_silu", "x / (2 + exp(-x))"),
  ALMOST_GELU("almost_gelu", "0.4 * x * (1 + erf(x / 1.5))"),
  ALMOST_GELU_TANH("almost_gelu_tanh", "0.5 * x * (1 + tanh(0.8 * (x + 0.05 * x ** 3)))"),
  BENT("bent", "where(x > 0, x, 0.1 * (exp(x) - 1))");

  private final Piece piece;

  Activation(String expression) {
    piece = Piece.of(expression);
  }

  Activation(String name, String body) {
    piece = new Piece(name, "fn %s(x: [...]) -> [...] { %s }\n".formatted(name, body));
  }

  Piece piece() {
    return piece;
  }

  /// What the library offers for it; itself if it offers nothing.
  Activation inLibrary() {
    return switch (this) {
      case OWN_SILU, TURNED_SILU, DIVIDED_SILU -> SILU;
      case OWN_GELU, HALVED_GELU -> GELU;
      case OWN_GELU_TANH, FACTORED_GELU_TANH -> GELU_TANH;
      case OWN_RELU2 -> RELU2;
      case SILU,
          GELU,
          GELU_TANH,
          RELU,
          RELU2,
          XIELU,
          QUICK_GELU,
          SOFT,
          ALMOST_SILU,
          ALMOST_GELU,
          ALMOST_GELU_TANH,
          BENT ->
          this;
    };
  }
}
