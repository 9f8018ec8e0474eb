package dune.runtime.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dune.runtime.generate.LanguageModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

final class BenchTest {
  /// Keeps how many tokens each call got; a new sequence is a 0.
  private static final class Listening implements LanguageModel {
    final List<Integer> calls = new ArrayList<>();

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
          return new float[7];
        }
      };
    }

    @Override
    public void close() {}
  }

  @Test
  void everyTestRunsOnceMoreThanItCounts() {
    var model = new Listening();
    var heard = new ArrayList<Timing>();
    List<Timing> timings = new Bench(model, 7).run(new Plan(List.of(5), List.of(2), 2), heard::add);
    assertThat(model.calls).containsExactly(0, 5, 0, 5, 0, 5, 0, 1, 1, 0, 1, 1, 0, 1, 1);
    assertThat(timings).isEqualTo(heard).extracting(Timing::name).containsExactly("pp5", "tg2");
    assertThat(timings).allMatch(timing -> timing.seconds().size() == 2);
  }
}
