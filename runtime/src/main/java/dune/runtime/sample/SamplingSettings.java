package dune.runtime.sample;

/// How the next token is drawn. Filters apply in this order, each on what the one before left over.
///
/// @param temperature logits are divided by it; 0 takes the largest
/// @param topK keep the K likeliest tokens; 0 keeps all
/// @param topP keep the fewest likeliest tokens whose probabilities add up to at least this
/// @param minP keep tokens at least this likely, relative to the likeliest
/// @param seed where the random numbers start
public record SamplingSettings(double temperature, int topK, double topP, double minP, long seed) {
  /// Always the likeliest token; among equals the one with the lowest id.
  public static final SamplingSettings GREEDY = new SamplingSettings(0, 0, 1, 0, 0);

  public SamplingSettings {
    require(temperature >= 0 && temperature < Double.POSITIVE_INFINITY, "temperature", "0 or more");
    require(topK >= 0, "top-k", "0 (all tokens) or more");
    require(topP > 0 && topP <= 1, "top-p", "more than 0 and at most 1");
    require(minP >= 0 && minP <= 1, "min-p", "between 0 and 1");
  }

  private static void require(boolean holds, String name, String range) {
    if (!holds) throw new IllegalArgumentException(name + " must be " + range);
  }
}
