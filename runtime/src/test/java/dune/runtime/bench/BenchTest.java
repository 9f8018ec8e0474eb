package dune.runtime.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dune.ir.Elem;
import dune.runtime.generate.LanguageModel;
import dune.runtime.model.Facts;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class BenchTest {
  /// Keeps how many tokens each call got; a new sequence is a 0.
  private static final class Listening implements LanguageModel {
    final List<Integer> calls = new ArrayList<>();
    private final IntConsumer heard;

    Listening() {
      this(_ -> {});
    }

    Listening(IntConsumer heard) {
      this.heard = heard;
    }

    @Override
    public int context() {
      return 100;
    }

    @Override
    public Sequence begin() {
      calls.add(0);
      return new Sequence() {
        @Override
        public int length() {
          return 0;
        }

        @Override
        public float[] append(int... tokens) {
          assertThat(Arrays.stream(tokens)).allMatch(token -> token >= 0 && token < 7);
          calls.add(tokens.length);
          heard.accept(tokens.length);
          return new float[7];
        }
      };
    }

    @Override
    public void close() {}
  }

  private static Bench.Subject subject(String name, LanguageModel model) {
    var facts = new Facts(name, Elem.F32, 1);
    var candidate =
        new Candidate(facts, Optional.empty(), Optional.empty(), Optional.empty(), 0, 0);
    return new Bench.Subject(candidate, model);
  }

  @Test
  void everyTestRunsOnceMoreThanItCounts() {
    var model = new Listening();
    var heard = new ArrayList<Row>();
    List<Row> rows =
        new Bench(List.of(subject("A", model)), 7)
            .run(new Plan(List.of(5), List.of(2), 2), heard::add);
    assertThat(model.calls).containsExactly(0, 5, 0, 5, 0, 5, 0, 1, 1, 0, 1, 1, 0, 1, 1);
    assertThat(rows)
        .isEqualTo(heard)
        .extracting(row -> row.timing().name())
        .containsExactly("pp5", "tg2");
    assertThat(rows).allMatch(row -> row.timing().seconds().size() == 2);
    assertThat(rows).allMatch(row -> row.peak().planned().isEmpty());
  }

  @Test
  void modelsTakeTurns() {
    var calls = new ArrayList<String>();
    List<Bench.Subject> subjects =
        Stream.of("A", "B")
            .map(name -> subject(name, new Listening(tokens -> calls.add(name + tokens))))
            .toList();
    List<Row> rows = new Bench(subjects, 7).run(new Plan(List.of(5), List.of(), 2), _ -> {});
    assertThat(calls).containsExactly("A5", "B5", "A5", "B5", "A5", "B5");
    assertThat(rows).extracting(row -> row.candidate().facts().name()).containsExactly("A", "B");
  }
}
