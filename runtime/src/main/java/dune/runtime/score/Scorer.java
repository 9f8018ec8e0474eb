package dune.runtime.score;

import dune.runtime.sample.LogProbabilities;
import dune.weights.InputFailure;
import dune.weights.UsageFailure;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/// Lets a model predict each token of a text from those before it.
public final class Scorer {
  private final WindowModel model;
  private final int stride;

  /// @param stride how many tokens each window is ahead of the one before
  /// @throws UsageFailure if the windows cannot be laid so
  public Scorer(WindowModel model, int stride) {
    requireStride(stride, model.context());
    this.model = model;
    this.stride = stride;
  }

  /// Callers can ask before they load a model.
  ///
  /// @throws UsageFailure if windows cannot be laid so
  public static void requireStride(int stride, int context) {
    if (context < 2) {
      throw new UsageFailure("a context of %d leaves nothing to predict from".formatted(context));
    }
    if (stride >= 1 && stride <= context) return;
    throw new UsageFailure(
        "the stride must be between 1 and the context of %d, not %d".formatted(context, stride));
  }

  /// @param progress gets how many tokens have been predicted
  /// @throws InputFailure if there are not two tokens, or the model gives no numbers
  public Score run(int[] tokens, IntConsumer progress) {
    requireLength(tokens.length);
    List<Window> windows = Window.of(tokens.length, model.context(), stride);
    var sum = new Sum(progress);
    for (Window window : windows) {
      // The last token predicts nothing that is scored.
      int[] read = Arrays.copyOfRange(tokens, window.begin(), window.end() - 1);
      sum.next = window.first();
      model.read(read, window.first() - 1 - window.begin(), logits -> sum.add(logits, tokens));
    }
    return new Score(tokens.length, sum.predicted, windows.size(), sum.negativeLogLikelihood);
  }

  /// @throws InputFailure if there is nothing to predict
  public static void requireLength(int tokens) {
    if (tokens >= 2) return;
    throw new InputFailure(
        "the text has %d %s, and scoring needs two or more: each is predicted from those before it"
            .formatted(tokens, tokens == 1 ? "token" : "tokens"));
  }

  private final class Sum {
    private final IntConsumer progress;
    private double negativeLogLikelihood;
    private int predicted;

    /// The number of the token that the next logits predict.
    private int next;

    Sum(IntConsumer progress) {
      this.progress = progress;
    }

    void add(float[] logits, int[] tokens) {
      int size = model.vocabulary();
      int first = next;
      double[] likelihoods = new double[logits.length / size];
      IntStream.range(0, likelihoods.length)
          .parallel()
          .forEach(
              i ->
                  likelihoods[i] =
                      LogProbabilities.of(logits, i * size, (i + 1) * size).of(tokens[first + i]));
      for (double likelihood : likelihoods) {
        if (Double.isNaN(likelihood)) {
          throw new InputFailure(
              "the logits before token %d of the text are not finite; numbers overflow, which --dtype f32 avoids, or the weights are damaged"
                  .formatted(next + 1));
        }
        negativeLogLikelihood -= likelihood;
        next++;
      }
      predicted += likelihoods.length;
      progress.accept(predicted);
    }
  }
}
