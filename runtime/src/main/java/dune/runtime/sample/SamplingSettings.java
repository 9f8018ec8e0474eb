package dune.runtime.sample;

import java.util.ArrayList;

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
    Range.require(
        temperature >= 0 && temperature < Double.POSITIVE_INFINITY,
        "temperature",
        "0 or more",
        temperature);
    Range.require(topK >= 0, "top-k", "0 (all tokens) or more", topK);
    Range.require(topP > 0 && topP <= 1, "top-p", "more than 0 and at most 1", topP);
    Range.require(minP >= 0 && minP <= 1, "min-p", "between 0 and 1", minP);
  }

  public boolean isGreedy() {
    return temperature == 0;
  }

  public SamplingSettings withSeed(long other) {
    return new SamplingSettings(temperature, topK, topP, minP, penalties, other);
  }

  /// `temperature 0.8, top-k 40, seed 7`: what has an effect.
  public String summary() {
    var parts = new ArrayList<String>();
    if (isGreedy()) parts.add("greedy");
    else parts.add("temperature " + Range.plain(temperature));
    if (!isGreedy() && topK > 0) parts.add("top-k " + topK);
    if (!isGreedy() && topP < 1) parts.add("top-p " + Range.plain(topP));
    if (!isGreedy() && minP > 0) parts.add("min-p " + Range.plain(minP));
    if (penalties.repetition() != 1)
      parts.add("repeat penalty " + Range.plain(penalties.repetition()));
    if (penalties.presence() != 0)
      parts.add("presence penalty " + Range.plain(penalties.presence()));
    if (penalties.frequency() != 0)
      parts.add("frequency penalty " + Range.plain(penalties.frequency()));
    if (!isGreedy()) parts.add("seed " + seed);
    return String.join(", ", parts);
  }
}
