package dune.runtime.train;

import dune.backend.torch.run.Learner.Batch;
import dune.passes.train.LossDerivation;
import dune.runtime.data.Example;
import dune.weights.InputFailure;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/// Examples that stand for themselves, a row each. All are learned once, in random order, before
/// any is learned again. Rows are as long as the longest of their batch; behind an example nothing
/// is learned.
final class TaskCorpus implements Corpus {
  private final List<Example> training;
  private final List<Example> validation;

  /// The order of one round, kept since most batches follow one another.
  private long seedOfOrder;

  private long round = -1;
  private int[] order = {};

  /// @throws InputFailure if there are none of one kind
  TaskCorpus(List<Example> training, List<Example> validation) {
    this.training = List.copyOf(training);
    this.validation = List.copyOf(validation);
    if (training.isEmpty() || validation.isEmpty()) {
      throw new InputFailure(
          "there are %d examples to learn from and %d to measure by; give more, or --val"
              .formatted(training.size(), validation.size()));
    }
  }

  /// The first examples to learn from, the rest, and one at least, to measure by.
  static TaskCorpus split(List<Example> examples, double share) {
    int count = Math.min((int) (examples.size() * share), examples.size() - 1);
    return new TaskCorpus(examples.subList(0, count), examples.subList(count, examples.size()));
  }

  @Override
  public int[] beginning() {
    Example first = validation.getFirst();
    int end = 1;
    while (end < first.tokens().length && !first.learned()[end]) end++;
    return Arrays.copyOf(first.tokens(), end);
  }

  @Override
  public int learned() {
    return training.stream().mapToInt(Example::count).sum();
  }

  @Override
  public int measured() {
    return validation.stream().mapToInt(Example::count).sum();
  }

  @Override
  public int largest() {
    return java.util.stream.Stream.concat(training.stream(), validation.stream())
        .flatMapToInt(example -> Arrays.stream(example.tokens()))
        .max()
        .orElse(0);
  }

  @Override
  public Batch draw(int rows, long seed, long number) {
    var drawn = new ArrayList<Example>();
    for (int row = 0; row < rows; row++) {
      long place = number * rows + row;
      int[] now = order(seed, place / training.size());
      drawn.add(training.get(now[(int) (place % training.size())]));
    }
    return batch(drawn);
  }

  private int[] order(long seed, long wanted) {
    if (seed == seedOfOrder && wanted == round) return order;
    var random = new SplittableRandom(seed * 0x9e3779b97f4a7c15L + wanted).split();
    var fresh = new int[training.size()];
    for (int i = 0; i < fresh.length; i++) {
      int other = random.nextInt(i + 1);
      fresh[i] = fresh[other];
      fresh[other] = i;
    }
    seedOfOrder = seed;
    round = wanted;
    order = fresh;
    return fresh;
  }

  @Override
  public List<Batch> windows(int rows) {
    var batches = new ArrayList<Batch>();
    for (int begin = 0; begin < validation.size(); begin += rows) {
      batches.add(batch(validation.subList(begin, Math.min(begin + rows, validation.size()))));
    }
    return batches;
  }

  private static Batch batch(List<Example> examples) {
    int steps = examples.stream().mapToInt(each -> each.tokens().length - 1).max().orElseThrow();
    var tokens = new long[examples.size() * steps];
    var targets = new long[tokens.length];
    Arrays.fill(targets, LossDerivation.IGNORED);
    for (int row = 0; row < examples.size(); row++) {
      Example example = examples.get(row);
      for (int step = 0; step + 1 < example.tokens().length; step++) {
        tokens[row * steps + step] = example.tokens()[step];
        if (example.learned()[step + 1]) targets[row * steps + step] = example.tokens()[step + 1];
      }
    }
    return new Batch(examples.size(), steps, tokens, targets);
  }
}
