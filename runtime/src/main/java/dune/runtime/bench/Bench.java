package dune.runtime.bench;

import dune.runtime.generate.LanguageModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.ObjLongConsumer;

/// Times models on tokens that mean nothing. Where there are several, they take turns in every
/// repetition, so that a machine that slows down slows down all of them.
public final class Bench {
  private static final long SEED = 1;

  private final List<Subject> subjects;
  private final int vocabulary;

  /// A candidate, ready to run.
  public record Subject(Candidate candidate, LanguageModel model) {}

  /// @param vocabulary tokens are below it
  public Bench(List<Subject> subjects, int vocabulary) {
    this.subjects = List.copyOf(subjects);
    this.vocabulary = vocabulary;
  }

  /// @param each gets every result as it comes
  public List<Row> run(Plan plan, Consumer<Row> each) {
    var rows = new ArrayList<Row>();
    for (int tokens : plan.prompts()) {
      rows.addAll(time(Timing.Kind.PROMPT, tokens, plan.repetitions(), each));
    }
    for (int tokens : plan.texts()) {
      rows.addAll(time(Timing.Kind.TEXT, tokens, plan.repetitions(), each));
    }
    return rows;
  }

  private List<Row> time(Timing.Kind kind, int tokens, int repetitions, Consumer<Row> each) {
    int[] some = new Random(SEED).ints(tokens, 0, vocabulary).toArray();
    List<Runs> runs = subjects.stream().map(Runs::new).toList();
    for (Runs one : runs) one.test(kind, some, (_, _) -> {});
    for (int repetition = 0; repetition < repetitions; repetition++) {
      for (Runs one : runs) one.test(kind, some, Runs::add);
    }
    List<Row> rows = runs.stream().map(one -> one.row(kind, tokens)).toList();
    rows.forEach(each);
    return rows;
  }

  /// The repetitions of one test with one subject.
  private static final class Runs {
    private final Subject subject;
    private final List<Double> seconds = new ArrayList<>();
    private OptionalLong peak = OptionalLong.empty();

    Runs(Subject subject) {
      this.subject = subject;
    }

    void test(Timing.Kind kind, int[] tokens, ObjLongConsumer<Runs> taken) {
      ResidentMemory.restart();
      long begin = System.nanoTime();
      LanguageModel.Sequence sequence = subject.model().begin();
      switch (kind) {
        case PROMPT -> sequence.append(tokens);
        case TEXT -> Arrays.stream(tokens).forEach(sequence::append);
      }
      taken.accept(this, System.nanoTime() - begin);
    }

    void add(long nanoseconds) {
      seconds.add(nanoseconds * 1e-9);
      ResidentMemory.peak()
          .ifPresent(bytes -> peak = OptionalLong.of(Math.max(bytes, peak.orElse(0))));
    }

    Row row(Timing.Kind kind, int tokens) {
      Candidate candidate = subject.candidate();
      OptionalLong planned =
          candidate.memory().stream().mapToLong(memory -> memory.bytes(kind, tokens)).findFirst();
      var most = new Row.Peak(planned, peak);
      return new Row(candidate, new Timing(kind, tokens, seconds), most);
    }
  }
}
