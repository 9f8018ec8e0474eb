package dune.runtime.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import dune.weights.InputFailure;
import dune.weights.UsageFailure;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

final class ScorerTest {
  /// After `n` tokens, token 1 has the odds `n : 1`, whatever they are; gives its logits three
  /// tokens at a time.
  private record Odds(int context) implements WindowModel {
    @Override
    public int vocabulary() {
      return 2;
    }

    @Override
    public void read(int[] tokens, int from, Piece piece) {
      assertThat(tokens).hasSizeLessThan(context);
      for (int at = from; at < tokens.length; at += 3) {
        float[] logits = new float[2 * Math.min(3, tokens.length - at)];
        for (int i = 0; 2 * i < logits.length; i++) {
          logits[2 * i + 1] = (float) Math.log(at + i + 1);
        }
        piece.accept(logits);
      }
    }

    static double cost(int before) {
      return -Math.log(before / (before + 1.0));
    }
  }

  private static int[] ones(int count) {
    int[] tokens = new int[count];
    Arrays.fill(tokens, 1);
    return tokens;
  }

  private static Score score(int length, int context, int stride) {
    return new Scorer(new Odds(context), stride).run(ones(length), _ -> {});
  }

  @Test
  void aTextThatFitsIsOneWindowWhateverTheStride() {
    double sum = 0;
    for (int before = 1; before < 8; before++) sum += Odds.cost(before);
    for (int stride = 1; stride <= 8; stride++) {
      Score score = score(8, 8, stride);
      assertThat(score.negativeLogLikelihood()).isCloseTo(sum, within(1e-6));
      assertThat(score.predicted()).isEqualTo(7);
      assertThat(score.windows()).isEqualTo(1);
    }
  }

  @Test
  void laterWindowsPredictWhatIsNew() {
    // Tokens 0 to 4, then 2 to 6, then 4 to 7: after the first, at least three before each.
    double sum = 0;
    for (int before : new int[] {1, 2, 3, 4, 3, 4, 3}) sum += Odds.cost(before);
    Score score = score(8, 5, 2);
    assertThat(score).extracting(Score::windows).isEqualTo(3);
    assertThat(score.negativeLogLikelihood()).isCloseTo(sum, within(1e-6));
    assertThat(score.mean()).isCloseTo(sum / 7, within(1e-6));
    assertThat(score.perplexity()).isCloseTo(Math.exp(sum / 7), within(1e-6));
  }

  @Test
  void windowsWithoutOverlapSkipTheirFirstToken() {
    Score score = score(7, 3, 3);
    assertThat(score.predicted()).isEqualTo(4);
    assertThat(score.windows()).as("the last token has nothing before it").isEqualTo(2);
    assertThat(score.negativeLogLikelihood())
        .isCloseTo(2 * (Odds.cost(1) + Odds.cost(2)), within(1e-6));
  }

  @Property(tries = 500)
  void eachTokenIsPredictedOnceWithEnoughBeforeIt(
      @ForAll @IntRange(min = 2, max = 200) int length,
      @ForAll @IntRange(min = 2, max = 40) int context,
      @ForAll @IntRange(min = 1, max = 39) int stride) {
    if (stride >= context) return;
    int next = 1;
    for (Window window : Window.of(length, context, stride)) {
      assertThat(window.first()).isEqualTo(next);
      assertThat(window.end() - window.begin()).isLessThanOrEqualTo(context);
      assertThat(window.first() - window.begin())
          .isGreaterThanOrEqualTo(window.begin() == 0 ? 1 : context - stride);
      next = window.end();
    }
    assertThat(next).isEqualTo(length);
  }

  @Test
  void progressCountsWhatWasPredicted() {
    List<Integer> reached = new ArrayList<>();
    new Scorer(new Odds(5), 2).run(ones(8), reached::add);
    assertThat(reached).containsExactly(3, 4, 6, 7);
  }

  @Test
  void bitsAreOfTheWholeText() {
    Score score = new Score(9, 8, 1, 8 * Math.log(4));
    assertThat(score.bitsPer(9, 9)).isCloseTo(2, within(1e-12));
    assertThat(score.bitsPer(32, 8)).isCloseTo(0.5, within(1e-12));
  }

  @Test
  void whatCannotBeScoredIsRefused() {
    refused(() -> score(1, 8, 4), "the text has 1 token, and scoring needs two or more");
    refused(() -> score(0, 8, 4), "the text has 0 tokens");
    misused(() -> score(9, 8, 9), "the stride must be between 1 and the context of 8, not 9");
    misused(() -> score(9, 8, 0), "not 0");
    misused(() -> score(9, 1, 1), "a context of 1 leaves nothing to predict from");
  }

  @Test
  void brokenLogitsAreRefused() {
    var broken =
        new WindowModel() {
          @Override
          public int context() {
            return 8;
          }

          @Override
          public int vocabulary() {
            return 2;
          }

          @Override
          public void read(int[] tokens, int from, Piece piece) {
            piece.accept(new float[] {0, 1, 0, Float.NaN});
          }
        };
    refused(
        () -> new Scorer(broken, 1).run(ones(3), _ -> {}),
        "the logits before token 3 of the text are not finite");
  }

  private static void misused(Runnable scoring, String message) {
    assertThatExceptionOfType(UsageFailure.class)
        .isThrownBy(scoring::run)
        .withMessageContaining(message);
  }

  private static void refused(Runnable scoring, String message) {
    assertThatExceptionOfType(InputFailure.class)
        .isThrownBy(scoring::run)
        .withMessageContaining(message);
  }

  @Test
  void reportsSayWhatWasScored() {
    // Two characters, five bytes, four tokens.
    Score score = new Score(5, 4, 2, 4 * Math.log(8));
    var report = new ScoreReport(score, 3, 2, "é\uD83D\uDE00", 4);
    assertThat(report.text())
        .isEqualTo(
            """
            tokens              5, of which 4 were predicted
            windows             2 of 3 tokens, 2 apart
            mean negative log   2.079442 nats per token
            perplexity          8.0000
            bits per byte       2.0000
            bits per character  6.0000\
            """);
    assertThat(report.json())
        .startsWith(
            "{\"tokens\":5,\"predicted\":4,\"windows\":2,\"context\":3,\"stride\":2,"
                + "\"bytes\":6,\"characters\":2,\"nll\":2.07944154")
        .contains("\"perplexity\":7.99999", "\"bits_per_byte\":2.0", "\"bits_per_character\":6.0");
    assertThat(new ScoreReport(new Score(2, 1, 1, Double.POSITIVE_INFINITY), 3, 2, "a", 2).json())
        .contains("\"nll\":null,\"perplexity\":null");
  }
}
