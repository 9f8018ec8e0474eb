package dune.runtime.sample;

import java.util.Locale;

/// How the next token is drawn. Penalties come first, then the temperature; filters apply in the
/// order of the components, each on what the one before left over. This is the order of Hugging
/// Face's `generate`.
///
/// @param temperature logits are divided by it; 0 takes the largest
/// @param topK keep the K likeliest tokens; 0 keeps all
/// @param topP keep the fewest likeliest tokens whose probabilities add up to at least this
///   (Holtzman et al., arXiv 1904.09751)
/// @param minP keep tokens at least this likely, relative to the likeliest (Nguyen et al., arXiv
///   2407.01082)
/// @param penalties what counts against tokens that were there before
/// @param seed where the random numbers start
public record SamplingSettings(
    double temperature, int topK, double topP, double minP, Penalties penalties, long seed) {
  /// Always the likeliest token; among equals the one with the lowest id.
  public static final SamplingSettings GREEDY = new SamplingSettings(0, 0, 1, 0, Penalties.NONE, 0);

  public SamplingSettings {
    require(
        temperature >= 0 && temperature < Double.POSITIVE_INFINITY,
        "temperature",
        "0 or more",
        temperature);
    require(topK >= 0, "top-k", "0 (all tokens) or more", topK);
    require(topP > 0 && topP <= 1, "top-p", "more than 0 and at most 1", topP);
    require(minP >= 0 && minP <= 1, "min-p", "between 0 and 1", minP);
  }

  public boolean isGreedy() {
    return temperature == 0;
  }

  static void require(boolean holds, String name, String range, double value) {
    if (holds) return;
    throw new IllegalArgumentException(
        String.format(Locale.ROOT, "%s must be %s, not %s", name, range, plain(value)));
  }

  private static String plain(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : Double.toString(value);
  }
}
