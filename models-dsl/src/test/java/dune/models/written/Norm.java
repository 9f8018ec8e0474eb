package dune.models.written;

/// A norm over the last axis, of the library, written by hand, or almost one.
enum Norm {
  RMS("RmsNorm(%s, 1e-5)"),
  RMS_F32("RmsNormF32(%s, 1e-6)"),
  RMS_OFFSET("RmsNormF32(%s, 1e-6, offset = 1.0)"),
  LAYER("LayerNorm(%s, 1e-5)"),
  LAYER_UNBIASED("LayerNorm(%s, 1e-5, biased = false)"),
  LAYER_OFFSET("LayerNorm(%s, 1e-5, offset = 1.0)"),
  DIVIDED(
      "DividedNorm(%s)",
      """
      block DividedNorm(N: dim) {
        weight: param[N] = ones
        forward(x: [..., N]) -> [..., N] { x / sqrt(mean(x * x, over N) + 1e-5) * weight }
      }
      """),
  POWER(
      "PowerNorm(%s)",
      """
      block PowerNorm(N: dim) {
        weight: param[N] = ones
        forward(x: [..., N]) -> [..., N] {
          let y = x as f32
          weight * ((sum(y ** 2, over N) / N + 1e-5) ** -0.5 * y) as type(x)
        }
      }
      """),
  CENTRED(
      "CentredNorm(%s)",
      """
      block CentredNorm(N: dim) {
        weight: param[N] = ones
        bias: param[N] = zeros
        forward(x: [..., N]) -> [..., N] {
          let c = x - mean(x, over N)
          bias + weight * (c / sqrt(mean(c ** 2, over N) + 1e-5))
        }
      }
      """),
  ALMOST_LAYER(
      "AlmostNorm(%s)",
      """
      block AlmostNorm(N: dim) {
        weight: param[N] = ones
        forward(x: [..., N]) -> [..., N] {
          let c = x - mean(x, over N)
          c * rsqrt(mean(x * x, over N) + 1e-5) * weight
        }
      }
      """),
  UNIT(
      "UnitNorm(%s)",
      """
      block UnitNorm(N: dim) {
        forward(x: [..., N]) -> [..., N] { x * rsqrt(mean(x * x, over N) + 1e-5) }
      }
      """);

  private final String call;
  private final String definition;

  Norm(String call) {
    this(call, "");
  }

  Norm(String call, String definition) {
    this.call = call;
    this.definition = definition;
  }

  /// @param axis what is normed, as the place of use calls it
  Piece over(String axis) {
    return new Piece(call.formatted(axis), definition);
  }

  /// What the library offers for it; itself if it offers nothing.
  Norm inLibrary() {
    return switch (this) {
      case DIVIDED, POWER -> RMS;
      case CENTRED -> LAYER;
      case RMS, RMS_F32, RMS_OFFSET, LAYER, LAYER_UNBIASED, LAYER_OFFSET, ALMOST_LAYER, UNIT ->
          this;
    };
  }
}
