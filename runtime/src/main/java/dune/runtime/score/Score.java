package dune.runtime.score;

/// How well a model predicted a text.
///
/// @param tokens of the text
/// @param predicted how many of them were predicted
/// @param windows in how many windows
/// @param negativeLogLikelihood the sum of `-log p(token | those before it)`, in nats
public record Score(int tokens, int predicted, int windows, double negativeLogLikelihood) {
  /// Nats per token.
  public double mean() {
    return negativeLogLikelihood / predicted;
  }

  /// `exp` of the mean.
  public double perplexity() {
    return Math.exp(mean());
  }

  /// Bits per unit of a text (a byte, a character) that has so many, in so many tokens. Tokens that
  /// were not predicted count as much as the others did on average.
  public double bitsPer(long units, int tokensOfText) {
    return mean() / Math.log(2) * tokensOfText / units;
  }
}
