package dune.runtime.train;

import dune.backend.torch.run.Learner.Batch;
import dune.weights.InputFailure;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/// One long sequence of tokens to learn from, at random places, and another to measure by.
///
/// @param steps the length of the sequences that are taken from them
record StreamCorpus(int[] training, int[] validation, int steps) implements Corpus {
  /// @throws InputFailure if one is too short for a single sequence
  StreamCorpus {
    require(training, steps, "to learn from");
    require(validation, steps, "to measure the loss by");
  }

  private static void require(int[] tokens, int steps, String what) {
    if (tokens.length > steps) return;
    throw new InputFailure(
        "there are %d tokens %s, and a sequence takes %d with the one that follows; give more text, or a smaller --ctx-size"
            .formatted(tokens.length, what, steps + 1));
  }

  @Override
  public int[] beginning() {
    return Arrays.copyOf(validation, Math.max(1, Math.min(16, steps / 4)));
  }

  @Override
  public int learned() {
    return training.length;
  }

  @Override
  public int measured() {
    return validation.length;
  }

  @Override
  public int largest() {
    return IntStream.concat(Arrays.stream(training), Arrays.stream(validation)).max().orElse(0);
  }

  /// Sequences from random places, which may overlap.
  @Override
  public Batch draw(int rows, long seed, long number) {
    var random = new SplittableRandom(seed * 0x9e3779b97f4a7c15L + number).split();
    var starts = new int[rows];
    for (int row = 0; row < rows; row++) starts[row] = random.nextInt(training.length - steps);
    return batch(training, starts);
  }

  /// Sequences behind one another; the last incomplete one is left out.
  @Override
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
