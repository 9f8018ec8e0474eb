package dune.runtime.train;

import dune.backend.torch.run.Learner.Batch;
import dune.runtime.data.Example;
import dune.weights.InputFailure;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Examples that stand for themselves, a row each: none sees another. All are learned once, in
/// random order, before any is learned again. Rows are as long as the longest of their batch;
/// behind an example nothing is learned.
final class TaskCorpus implements Corpus {
  /// So many batches are sorted by length together.
  private static final int SORTED = 32;

  private final List<Example> training;
  private final List<Example> validation;

  /// The order of one round, kept since most batches follow one another.
  private Round round = new Round(0, 0, -1);

  private int[] order = {};

  private record Round(int rows, long seed, long number) {}

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

  /// The same examples, of which several share a row.
  ///
  /// @param steps the length of a row
  PackedCorpus packed(int steps) {
    return new PackedCorpus(this, training, validation, steps);
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
    return Stream.concat(training.stream(), validation.stream())
        .flatMapToInt(example -> Arrays.stream(example.tokens()))
        .max()
        .orElse(0);
  }

  @Override
  public Batch draw(int rows, long seed, long number) {
    var drawn = new ArrayList<Example>();
    for (int row = 0; row < rows; row++) {
      long place = number * rows + row;
      int[] now = order(rows, seed, place / training.size());
      drawn.add(training.get(now[(int) (place % training.size())]));
    }
    return batch(drawn);
  }

  /// In random order, but those that are near to one another are of like length, so that batches
  /// have little that is empty.
  private int[] order(int rows, long seed, long wanted) {
    var key = new Round(rows, seed, wanted);
    if (key.equals(round)) return order;
    var random = new SplittableRandom(seed * 0x9e3779b97f4a7c15L + wanted).split();
    int[] all = shuffled(training.size(), random);
    // The first ones fill the batch that the round before has begun.
    int head = Math.min(all.length, Math.floorMod(-(int) (wanted * all.length % rows), rows));
    var groups = new ArrayList<int[]>();
    for (int begin = head; begin < all.length; begin += SORTED * rows) {
      int end = Math.min(begin + SORTED * rows, all.length);
      int[] sorted =
          Arrays.stream(all, begin, end)
              .boxed()
              .sorted(Comparator.comparingInt(place -> training.get(place).tokens().length))
              .mapToInt(Integer::intValue)
              .toArray();
      for (int at = 0; at < sorted.length; at += rows) {
        groups.add(Arrays.copyOfRange(sorted, at, Math.min(at + rows, sorted.length)));
      }
    }
    // Only full groups change places: behind one that is not, all others would be torn apart.
    int full = (all.length - head) / rows;
    int[] places = shuffled(full, random);
    round = key;
    IntStream grouped =
        IntStream.range(0, groups.size())
            .mapToObj(i -> groups.get(i < full ? places[i] : i))
            .flatMapToInt(Arrays::stream);
    order = IntStream.concat(Arrays.stream(all, 0, head), grouped).toArray();
    return order;
  }

  static int[] shuffled(int count, SplittableRandom random) {
    var places = new int[count];
    for (int i = 0; i < count; i++) {
      int other = random.nextInt(i + 1);
      places[i] = places[other];
      places[other] = i;
    }
    return places;
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
    Arrays.fill(targets, Batch.IGNORED);
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
