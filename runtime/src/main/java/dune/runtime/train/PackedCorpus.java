package dune.runtime.train;

import dune.backend.torch.run.Learner.Batch;
import dune.runtime.data.Example;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;

/// Examples that share rows without seeing one another: each row is filled with the longest that
/// still fits. All rows are learned once, in random order, before any is learned again.
final class PackedCorpus implements Corpus {
  /// The document of steps that belong to none.
  private static final long NOBODY = -1;

  private final TaskCorpus examples;
  private final List<List<Example>> training;
  private final List<List<Example>> validation;

  /// The order of one round, kept since most batches follow one another.
  private Round round = new Round(0, -1);

  private int[] order = {};

  private record Round(long seed, long number) {}

  /// @param examples the same ones, a row each
  /// @param steps the length of a row; no example has more
  PackedCorpus(TaskCorpus examples, List<Example> training, List<Example> validation, int steps) {
    this.examples = examples;
    this.training = pack(training, steps);
    this.validation = pack(validation, steps);
  }

  private static int steps(Example example) {
    return example.tokens().length - 1;
  }

  /// Rows, each with what shares it. Examples that are as long as one another keep their order.
  static List<List<Example>> pack(List<Example> examples, int steps) {
    List<Example> sorted =
        examples.stream().sorted(Comparator.comparingInt(PackedCorpus::steps).reversed()).toList();
    var rows = new ArrayList<List<Example>>();
    var room = new TreeMap<Integer, Deque<List<Example>>>();
    for (Example example : sorted) {
      int needed = steps(example);
      var fitting = room.ceilingEntry(needed);
      List<Example> row;
      int left;
      if (fitting == null) {
        row = new ArrayList<>();
        rows.add(row);
        left = steps - needed;
      } else {
        row = fitting.getValue().removeFirst();
        if (fitting.getValue().isEmpty()) room.remove(fitting.getKey());
        left = fitting.getKey() - needed;
      }
      row.add(example);
      if (left > 0) room.computeIfAbsent(left, _ -> new ArrayDeque<>()).addLast(row);
    }
    return rows;
  }

  @Override
  public Batch draw(int rows, long seed, long number) {
    var drawn = new ArrayList<List<Example>>();
    for (int row = 0; row < rows; row++) {
      long place = number * rows + row;
      int[] now = order(seed, place / training.size());
      drawn.add(training.get(now[(int) (place % training.size())]));
    }
    return batch(drawn);
  }

  private int[] order(long seed, long wanted) {
    var key = new Round(seed, wanted);
    if (!key.equals(round)) {
      var random = new SplittableRandom(seed * 0x9e3779b97f4a7c15L + wanted).split();
      order = TaskCorpus.shuffled(training.size(), random);
      round = key;
    }
    return order;
  }

  @Override
  public List<Batch> windows(int rows) {
    var batches = new ArrayList<Batch>();
    for (int begin = 0; begin < validation.size(); begin += rows) {
      batches.add(batch(validation.subList(begin, Math.min(begin + rows, validation.size()))));
    }
    return batches;
  }

  private static Batch batch(List<List<Example>> rows) {
    int steps =
        rows.stream()
            .mapToInt(row -> row.stream().mapToInt(PackedCorpus::steps).sum())
            .max()
            .orElseThrow();
    var tokens = new long[rows.size() * steps];
    var targets = new long[tokens.length];
    var documents = new long[tokens.length];
    Arrays.fill(targets, Batch.IGNORED);
    Arrays.fill(documents, NOBODY);
    for (int row = 0; row < rows.size(); row++) {
      int at = row * steps;
      long document = 0;
      for (Example example : rows.get(row)) {
        for (int step = 0; step < steps(example); step++, at++) {
          tokens[at] = example.tokens()[step];
          if (example.learned()[step + 1]) targets[at] = example.tokens()[step + 1];
          documents[at] = document;
        }
        document++;
      }
    }
    return new Batch(rows.size(), steps, tokens, targets, documents);
  }

  @Override
  public int[] beginning() {
    return examples.beginning();
  }

  @Override
  public int learned() {
    return examples.learned();
  }

  @Override
  public int measured() {
    return examples.measured();
  }

  @Override
  public int largest() {
    return examples.largest();
  }
}
