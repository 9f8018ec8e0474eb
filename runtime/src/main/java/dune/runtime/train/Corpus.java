package dune.runtime.train;

import dune.backend.torch.run.Learner.Batch;
import dune.weights.InputFailure;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// One long sequence of tokens to learn from, and another to measure by.
///
/// @param steps the length of the sequences that are taken from them
public record Corpus(int[] training, int[] validation, int steps) {
  /// @throws InputFailure if one is too short for a single sequence
  public Corpus {
    require(training, steps, "to learn from");
    require(validation, steps, "to measure the loss by");
  }

  private static void require(int[] tokens, int steps, String what) {
    if (tokens.length > steps) return;
    throw new InputFailure(
        "there are %d tokens %s, and a sequence takes %d with the one that follows; give more text, or a smaller --ctx-size"
            .formatted(tokens.length, what, steps + 1));
  }

  /// The first part to learn from, the rest to measure by.
  ///
  /// @param share of the tokens to learn from
  public static Corpus split(int[] tokens, double share, int steps) {
    int count = (int) (tokens.length * share);
    return new Corpus(
        java.util.Arrays.copyOf(tokens, count),
        java.util.Arrays.copyOfRange(tokens, count, tokens.length),
        steps);
  }

  /// How what is measured by begins: some tokens to go on from.
  public int[] beginning() {
    return java.util.Arrays.copyOf(validation, Math.max(1, Math.min(16, steps / 4)));
  }

  /// Sequences from random places, which may overlap. The same seed and number give the same.
  public Batch draw(int rows, long seed, long number) {
    var random = new SplittableRandom(seed * 0x9e3779b97f4a7c15L + number).split();
    var starts = new int[rows];
    for (int row = 0; row < rows; row++) starts[row] = random.nextInt(training.length - steps);
    return batch(training, starts);
  }

  /// The whole of what is measured by, in sequences behind one another; the last incomplete one is
  /// left out.
  public List<Batch> windows(int rows) {
    int count = (validation.length - 1) / steps;
    var batches = new ArrayList<Batch>();
    for (int begin = 0; begin < count; begin += rows) {
      var starts = new int[Math.min(rows, count - begin)];
      for (int row = 0; row < starts.length; row++) starts[row] = (begin + row) * steps;
      batches.add(batch(validation, starts));
    }
    return batches;
  }

  private Batch batch(int[] from, int[] starts) {
    var tokens = new long[starts.length * steps];
    var targets = new long[tokens.length];
    for (int i = 0; i < tokens.length; i++) {
      int place = starts[i / steps] + i % steps;
      tokens[i] = from[place];
      targets[i] = from[place + 1];
    }
    return new Batch(starts.length, steps, tokens, targets);
  }
}
