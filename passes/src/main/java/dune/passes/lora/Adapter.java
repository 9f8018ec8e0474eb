package dune.passes.lora;

/// What is added to the product with one weight: `scale * B (A x)`.
///
/// @param weight path of the weight `[out, in]`; A is `[rank, in]`, B is `[out, rank]`
/// @param lengths how long the rows of the weight become with it
/// @param dropout how much of x is 0 on its way to A, as chance has it
public record Adapter(String weight, long rank, double scale, Lengths lengths, double dropout) {
  private static final String WEIGHT = ".weight";
  private static final String DOWN = ".lora_A" + WEIGHT;
  private static final String UP = ".lora_B" + WEIGHT;
  private static final String MAGNITUDE = ".lora_magnitude_vector";
  private static final String GAIN = ".lora_gain";

  /// What becomes of the lengths of rows.
  public enum Lengths {
    /// What the sum gives.
    FREE,
    /// Each is a number that learns (DoRA, arXiv 2402.09353): the product is multiplied with `m /
    /// |W + scale * B A|`, where no gradient flows through the length.
    LEARNED,
    /// The same, where the quotient is a weight that is known beforehand.
    GIVEN
  }

  public Adapter {
    if (rank < 1) throw new IllegalArgumentException("rank " + rank);
    if (!(dropout >= 0 && dropout < 1)) throw new IllegalArgumentException("dropout " + dropout);
  }

  public static Adapter scaled(String weight, long rank, double scale) {
    return new Adapter(weight, rank, scale, Lengths.FREE, 0);
  }

  /// As arXiv 2106.09685 scales it: by `alpha / rank`.
  public static Adapter plain(String weight, long rank, double alpha) {
    return scaled(weight, rank, alpha / rank);
  }

  /// As arXiv 2312.03732 scales it, so that high ranks learn as well: by `alpha / sqrt(rank)`.
  public static Adapter rankStabilized(String weight, long rank, double alpha) {
    return scaled(weight, rank, alpha / Math.sqrt(rank));
  }

  public Adapter with(Lengths other) {
    return new Adapter(weight, rank, scale, other, dropout);
  }

  public Adapter withDropout(double other) {
    return new Adapter(weight, rank, scale, lengths, other);
  }

  /// The path of A, which reads the input.
  public String down() {
    return module() + DOWN;
  }

  /// The path of B, which writes the output.
  public String up() {
    return module() + UP;
  }

  /// The path of m, `[out]`, where lengths are learned.
  public String magnitude() {
    return module() + MAGNITUDE;
  }

  /// The path of the quotient, `[out]`, where lengths are given.
  public String gain() {
    return module() + GAIN;
  }

  /// Whether a weight is that of an adapter.
  public static boolean isOf(String path) {
    return path.endsWith(DOWN)
        || path.endsWith(UP)
        || path.endsWith(MAGNITUDE)
        || path.endsWith(GAIN);
  }

  private String module() {
    return weight.endsWith(WEIGHT)
        ? weight.substring(0, weight.length() - WEIGHT.length())
        : weight;
  }
}
