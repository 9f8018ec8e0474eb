package dune.runtime.sample;

/// What makes tokens less likely because they were there before. Applied to the logits, in the
/// order of the components, before temperature and filters.
///
/// Source of `repetition`: Keskar et al., "CTRL" (arXiv 1909.05858), section 4.1, in the form that
/// Hugging Face gave it, where a negative logit is multiplied. Source of `presence` and
/// `frequency`: the formula in OpenAI's API reference.
///
/// @param repetition the logit of each token that stands in the prompt or the text so far, however
///   often, is divided by it where positive and multiplied where negative; 1 does nothing
/// @param presence is subtracted from the logit of each token that the text so far has, however
///   often; the prompt does not count
/// @param frequency is subtracted as often as the text so far has the token; the prompt does not
///   count
public record Penalties(double repetition, double presence, double frequency) {
  public static final Penalties NONE = new Penalties(1, 0, 0);

  public Penalties {
    Range.require(
        repetition > 0 && repetition < Double.POSITIVE_INFINITY,
        "repetition-penalty",
        "more than 0 (1 does nothing)",
        repetition);
    Range.require(
        presence >= -2 && presence <= 2, "presence-penalty", "between -2 and 2", presence);
    Range.require(
        frequency >= -2 && frequency <= 2, "frequency-penalty", "between -2 and 2", frequency);
  }

  /// The logit of a token after all penalties.
  ///
  /// @param count how often the text so far has it
  float penalise(float logit, int count) {
    double repeated = logit > 0 ? logit / repetition : logit * repetition;
    return (float) (repeated - (count > 0 ? presence : 0) - count * frequency);
  }
}
