package dune.runtime.sample;

import dune.weights.InputFailure;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Draws tokens from logits, one after the other.
///
/// What is kept is a beginning of the tokens in order of falling logits (equal ones in order of
/// their ids), so each filter only shortens it. A draw takes one random number, whatever is kept;
/// at temperature 0 it takes none.
public final class Sampler {
  private final SamplingSettings settings;
  private final RandomStream random;

  /// The tokens that penalties ask about, with how often the text so far has each.
  private final Map<Integer, Integer> counts = new LinkedHashMap<>();

  private float[] penalised = {};

  public Sampler(SamplingSettings settings) {
    this(settings, List.of());
  }

  /// @param prompt what the text so far continues
  public Sampler(SamplingSettings settings, List<Integer> prompt) {
    this.settings = settings;
    this.random = new RandomStream(settings.seed());
    for (int token : prompt) counts.put(token, 0);
  }

  /// The next token after a position with these logits, one per token of the vocabulary.
  ///
  /// @throws InputFailure if the logits are no numbers to choose by
  public int next(float[] logits) {
    if (settings.penalties().equals(Penalties.NONE)) return choose(logits);
    int token = choose(penalise(logits));
    counts.merge(token, 1, Integer::sum);
    return token;
  }

  private float[] penalise(float[] logits) {
    if (penalised.length != logits.length) penalised = new float[logits.length];
    System.arraycopy(logits, 0, penalised, 0, logits.length);
    counts.forEach(
        (token, count) -> {
          if (token < logits.length) {
            penalised[token] = settings.penalties().penalise(logits[token], count);
          }
        });
    return penalised;
  }

  private int choose(float[] logits) {
    int best = likeliest(logits);
    if (settings.isGreedy()) return best;
    int[] ids = settings.topK() > 0 ? Ranking.first(settings.topK(), logits) : ids(logits.length);
    double[] weights = weights(ids, logits, logits[best]);
    if (settings.topP() == 1 && settings.minP() == 0) return draw(ids, weights, ids.length);
    double total = total(weights, weights.length);
    if (settings.topK() == 0) {
      ids = Ranking.of(candidates(weights, total), logits);
      weights = weights(ids, logits, logits[best]);
    }
    return draw(ids, weights, kept(weights, total));
  }

  private static int likeliest(float[] logits) {
    if (logits.length == 0) throw new InputFailure("there are no logits to choose from");
    int best = 0;
    for (int id = 0; id < logits.length; id++) {
      if (Float.isNaN(logits[id])) throw unusable("the logit of token " + id + " is NaN");
      if (logits[id] > logits[best]) best = id;
    }
    if (logits[best] == Float.POSITIVE_INFINITY) {
      throw unusable("the logit of token " + best + " is infinite");
    }
    if (logits[best] == Float.NEGATIVE_INFINITY) throw unusable("no logit is finite");
    return best;
  }

  private static InputFailure unusable(String reason) {
    return new InputFailure(
        reason
            + ", so no token can be chosen; numbers overflow, which --dtype f32 avoids, or the"
            + " weights are damaged");
  }

  /// How many of the likeliest tokens pass top-p, and of these min-p.
  ///
  /// @param weights likeliest first
  /// @param total of all tokens that are left, of which these may be the likeliest only
  private int kept(double[] weights, double total) {
    int size = weights.length;
    if (settings.topP() < 1) {
      double wanted = settings.topP() * total;
      size = 1;
      for (double sum = weights[0]; sum < wanted && size < weights.length; size++) {
        sum += weights[size];
      }
    }
    // The likeliest token has weight 1.
    while (size > 1 && weights[size - 1] < settings.minP()) size--;
    return size;
  }

  /// Those tokens that can pass top-p and min-p: few, as a rule, so that only they are sorted.
  ///
  /// If a token is among the fewest that add up to top-p, then it and all less likely ones weigh
  /// more than `1 - p` of the total together; so it weighs at least that over their number.
  private int[] candidates(double[] weights, double total) {
    double least = Math.max((1 - settings.topP()) * total / weights.length, settings.minP());
    int[] ids = new int[weights.length];
    int size = 0;
    for (int id = 0; id < weights.length; id++) {
      // One part in a million covers rounding of the sum.
      if (weights[id] >= least * (1 - 1e-6)) ids[size++] = id;
    }
    return Arrays.copyOf(ids, size);
  }

  private static int[] ids(int count) {
    int[] ids = new int[count];
    for (int id = 0; id < count; id++) ids[id] = id;
    return ids;
  }

  /// Probabilities up to a common factor: the likeliest token weighs 1.
  private double[] weights(int[] ids, float[] logits, float largest) {
    double[] weights = new double[ids.length];
    for (int i = 0; i < ids.length; i++) {
      weights[i] = Math.exp(((double) logits[ids[i]] - largest) / settings.temperature());
    }
    return weights;
  }

  private static double total(double[] weights, int size) {
    double sum = 0;
    for (int i = 0; i < size; i++) sum += weights[i];
    return sum;
  }

  /// One of the first `size` tokens.
  private int draw(int[] ids, double[] weights, int size) {
    double left = random.nextDouble() * total(weights, size);
    for (int i = 0; i < size - 1; i++) {
      left -= weights[i];
      if (left < 0) return ids[i];
    }
    // Rounding can leave a rest: the last token that can be drawn takes it.
    int last = size - 1;
    while (weights[last] == 0) last--;
    return ids[last];
  }
}
