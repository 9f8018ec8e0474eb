package dune.passes.lora;

/// What is added to the product with one weight: `scale * B (A x)`.
///
/// @param weight path of the weight `[out, in]`; A is `[rank, in]`, B is `[out, rank]`
public record Adapter(String weight, long rank, double scale) {
  private static final String WEIGHT = ".weight";
  private static final String DOWN = ".lora_A" + WEIGHT;
  private static final String UP = ".lora_B" + WEIGHT;

  public Adapter {
    if (rank < 1) throw new IllegalArgumentException("rank " + rank);
  }

  /// As arXiv 2106.09685 scales it: by `alpha / rank`.
  public static Adapter plain(String weight, long rank, double alpha) {
    return new Adapter(weight, rank, alpha / rank);
  }

  /// As arXiv 2312.03732 scales it, so that high ranks learn as well: by `alpha / sqrt(rank)`.
  public static Adapter rankStabilized(String weight, long rank, double alpha) {
    return new Adapter(weight, rank, alpha / Math.sqrt(rank));
  }

  /// The path of A, which reads the input.
  public String down() {
    return module() + DOWN;
  }

  /// The path of B, which writes the output.
  public String up() {
    return module() + UP;
  }

  /// Whether a weight is that of an adapter.
  public static boolean isOf(String path) {
    return path.endsWith(DOWN) || path.endsWith(UP);
  }

  private String module() {
    return weight.endsWith(WEIGHT)
        ? weight.substring(0, weight.length() - WEIGHT.length())
        : weight;
  }
}
