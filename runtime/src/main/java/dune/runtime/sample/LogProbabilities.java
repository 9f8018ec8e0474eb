package dune.runtime.sample;

import java.util.Arrays;
import java.util.List;

/// How likely a model finds each token, as natural logarithms: `log softmax(logits)`, computed in
/// double precision, before penalties, temperature and filters.
public final class LogProbabilities {
  private final float[] logits;
  private final int from;
  private final int to;
  private final float largest;

  /// `log(sum(exp(logits - largest)))`.
  private final double logTotal;

  private LogProbabilities(float[] logits, int from, int to) {
    this.logits = logits;
    this.from = from;
    this.to = to;
    float most = Float.NEGATIVE_INFINITY;
    for (int i = from; i < to; i++) most = Math.max(most, logits[i]);
    double sum = 0;
    for (int i = from; i < to; i++) sum += Math.exp((double) logits[i] - most);
    this.largest = most;
    this.logTotal = Math.log(sum);
  }

  /// @param logits one per token of the vocabulary; they are not copied
  public static LogProbabilities of(float[] logits) {
    return new LogProbabilities(logits, 0, logits.length);
  }

  /// Of logits that lie from `from` on, before `to`, in a larger array.
  public static LogProbabilities of(float[] logits, int from, int to) {
    return new LogProbabilities(logits, from, to);
  }

  /// NaN for every token if a logit is NaN or the largest infinite.
  public double of(int token) {
    return ((double) logits[from + token] - largest) - logTotal;
  }

  /// The likeliest tokens, likeliest first.
  public List<Likely> first(int count) {
    float[] own = Arrays.copyOfRange(logits, from, to);
    return Arrays.stream(Ranking.first(count, own)).mapToObj(this::likely).toList();
  }

  public Likely likely(int token) {
    return new Likely(token, of(token));
  }

  /// @param logProbability natural logarithm, 0 at most
  public record Likely(int token, double logProbability) {}
}
