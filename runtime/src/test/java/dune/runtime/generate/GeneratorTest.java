package dune.runtime.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import dune.runtime.generate.Generated.Ending;
import dune.runtime.sample.LogProbabilities;
import dune.runtime.sample.SamplingSettings;
import dune.runtime.tokenize.Letters;
import dune.weights.InputFailure;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

final class GeneratorTest {
  /// Knows one text by heart, and continues it from wherever the sequence ends.
  private record Reciter(String text, int context, List<Integer> lengths) implements LanguageModel {
    @Override
    public Sequence begin() {
      lengths.clear();
      return new Sequence() {
        private int length;

        @Override
        public int length() {
          return length;
        }

        @Override
        public float[] append(int... tokens) {
          for (int token : tokens) assertThat(token).isEqualTo(text.charAt(length++));
          assertThat(length).isLessThanOrEqualTo(context);
          lengths.add(tokens.length);
          float[] logits = new float[128];
          logits[text.charAt(length)] = 1;
          return logits;
        }
      };
    }

    @Override
    public void close() {}
  }

  private final StringBuilder shown = new StringBuilder();
  private final List<Integer> lengths = new ArrayList<>();

  private Generated run(int context, String prompt, int limit, String... stops) {
    LanguageModel model = new Reciter("once upon a time, there was$and more", context, lengths);
    return new Generator(model, new Letters())
        .run(
            new Request(
                prompt.chars().boxed().toList(), limit, SamplingSettings.GREEDY, List.of(stops)),
            shown::append);
  }

  @Test
  void continuesUntilTheModelEnds() {
    Generated generated = run(100, "once upon", 100);
    assertThat(shown).hasToString(" a time, there was");
    assertThat(generated.ending()).isEqualTo(Ending.END_TOKEN);
    assertThat(generated.tokens()).hasSize(19).endsWith(Letters.END);
    assertThat(lengths).startsWith(9, 1, 1).hasSize(19);
  }

  @Test
  void stopsAtTheLimitWithoutAStepTooMany() {
    assertThat(run(100, "once", 5).ending()).isEqualTo(Ending.LIMIT);
    assertThat(shown).hasToString(" upon");
    assertThat(lengths).containsExactly(4, 1, 1, 1, 1);
  }

  @Test
  void aLimitOfNothingRunsNothing() {
    assertThat(run(100, "once", 0).tokens()).isEmpty();
    assertThat(lengths).isEmpty();
  }

  @Test
  void stopTextsAreNotShown() {
    Generated generated = run(100, "once", 100, "time", ", there");
    assertThat(generated.ending()).isEqualTo(Ending.STOP_TEXT);
    assertThat(shown).hasToString(" upon a ");
  }

  @Test
  void whatWasHeldBackIsShownAtTheEnd() {
    run(100, "once", 7, " a tiger");
    assertThat(shown).hasToString(" upon a");
  }

  @Test
  void aFullContextEnds() {
    Generated generated = run(8, "once up", 100);
    assertThat(generated.ending()).isEqualTo(Ending.CONTEXT);
    // The token that follows a full context is known, and needs no room.
    assertThat(shown).hasToString("on");
  }

  @Test
  void aPromptThatFillsTheContextIsRefused() {
    assertThatExceptionOfType(InputFailure.class)
        .isThrownBy(() -> run(4, "once", 1))
        .withMessage("the prompt has 4 tokens, and a context of 4 leaves no room to continue");
  }

  @Test
  void severalPromptsAreContinuedSideBySide() {
    LanguageModel model = new Reciter("once upon a time, there was$and more", 100, lengths);
    var texts = List.of(new StringBuilder(), new StringBuilder(), new StringBuilder());
    List<Request> requests =
        List.of(request("once upon", 100), request("on", 4), request("once", 0));
    List<Generated> all =
        new Generator(model, new Letters())
            .run(requests, (row, piece) -> texts.get(row).append(piece));
    assertThat(all)
        .extracting(Generated::ending)
        .containsExactly(Ending.END_TOKEN, Ending.LIMIT, Ending.LIMIT);
    assertThat(texts)
        .map(StringBuilder::toString)
        .containsExactly(" a time, there was", "ce u", "");
  }

  private static Request request(String prompt, int limit) {
    return new Request(prompt.chars().boxed().toList(), limit, SamplingSettings.GREEDY, List.of());
  }

  @Test
  void choicesSayHowLikelyTokensWere() {
    LanguageModel model = new Reciter("once", 100, lengths);
    Request request = request("on", 1).withAlternatives(OptionalInt.of(3));
    Generated generated = new Generator(model, new Letters()).run(request, shown::append);
    // One logit is 1 and 127 are 0.
    double total = Math.log(Math.E + 127);
    assertThat(generated.choices()).hasSize(1);
    assertThat(generated.choices().getFirst().drawn().token()).isEqualTo('c');
    assertThat(generated.choices().getFirst().drawn().logProbability())
        .isCloseTo(1 - total, within(1e-12));
    assertThat(generated.choices().getFirst().first())
        .extracting(LogProbabilities.Likely::token)
        .containsExactly((int) 'c', 0, 1);
    assertThat(generated.choices().getFirst().first().get(2).logProbability())
        .isCloseTo(-total, within(1e-12));
    assertThat(run(100, "on", 1).choices()).as("nobody asked").isEmpty();
  }
}
