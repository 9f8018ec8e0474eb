package dune.runtime.bench;

import dune.runtime.generate.LanguageModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;

/// Times a model on tokens that mean nothing.
public final class Bench {
  private static final long SEED = 1;

  private final LanguageModel model;
  private final int vocabulary;

  /// @param vocabulary tokens are below it
  public Bench(LanguageModel model, int vocabulary) {
    this.model = model;
    this.vocabulary = vocabulary;
  }

  /// @param each gets every result as it comes
  public List<Timing> run(Plan plan, Consumer<Timing> each) {
    var timings = new ArrayList<Timing>();
    for (int tokens : plan.prompts()) {
      timings.add(time(Timing.Kind.PROMPT, tokens, plan.repetitions(), this::read));
      each.accept(timings.getLast());
    }
    for (int tokens : plan.texts()) {
      timings.add(time(Timing.Kind.TEXT, tokens, plan.repetitions(), this::write));
      each.accept(timings.getLast());
    }
    return timings;
  }

  private Timing time(Timing.Kind kind, int tokens, int repetitions, Consumer<int[]> test) {
    int[] some = new Random(SEED).ints(tokens, 0, vocabulary).toArray();
    test.accept(some);
    var seconds = new ArrayList<Double>();
    for (int repetition = 0; repetition < repetitions; repetition++) {
      long begin = System.nanoTime();
      test.accept(some);
      seconds.add((System.nanoTime() - begin) * 1e-9);
    }
    return new Timing(kind, tokens, seconds);
  }

  private void read(int[] tokens) {
    model.begin().append(tokens);
  }

  private void write(int[] tokens) {
    LanguageModel.Sequence sequence = model.begin();
    Arrays.stream(tokens).forEach(sequence::append);
  }
}
