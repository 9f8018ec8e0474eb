package dune.runtime.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;

final class PenaltiesTest {
  private static Sampler greedy(Penalties penalties, Integer... prompt) {
    return new Sampler(new SamplingSettings(0, 0, 1, 0, penalties, 0), List.of(prompt));
  }

  @Test
  void repetitionDividesWhatIsPositiveAndMultipliesTheRest() {
    Penalties penalties = new Penalties(2, 0, 0);
    assertThat(penalties.penalise(3, 0)).isEqualTo(1.5f);
    assertThat(penalties.penalise(-3, 0)).isEqualTo(-6f);
    assertThat(penalties.penalise(0, 1)).isEqualTo(0f);
    assertThat(penalties.penalise(3, 7)).as("however often").isEqualTo(1.5f);
  }

  @Test
  void presenceIsSubtractedOnceAndFrequencyEachTime() {
    assertThat(new Penalties(1, 0.5, 0).penalise(1, 3)).isEqualTo(0.5f);
    assertThat(new Penalties(1, 0, 0.5).penalise(1, 3)).isEqualTo(-0.5f);
    assertThat(new Penalties(1, 0.25, 0.5).penalise(1, 3)).isEqualTo(-0.75f);
    assertThat(new Penalties(1, 0.25, 0.5).penalise(1, 0)).as("of the prompt").isEqualTo(1f);
    assertThat(new Penalties(1, -0.25, 0).penalise(1, 1)).as("an award").isEqualTo(1.25f);
  }

  @Test
  void repetitionComesFirst() {
    assertThat(new Penalties(2, 0.5, 0.25).penalise(4, 2)).isEqualTo(1f);
    assertThat(new Penalties(2, 0.5, 0.25).penalise(-4, 2)).isEqualTo(-9f);
  }

  @Test
  void repetitionCountsThePromptAndWhatWasDrawn() {
    Sampler sampler = greedy(new Penalties(2, 0, 0), 0);
    float[] logits = {10, 6, 4, -1};
    assertThat(sampler.next(logits)).as("5, 6, 4").isEqualTo(1);
    assertThat(sampler.next(logits)).as("5, 3, 4").isZero();
    assertThat(sampler.next(logits)).as("5, 3, 4: not smaller each time").isZero();
    assertThat(logits).as("the caller's logits stay").containsExactly(10, 6, 4, -1);
  }

  @Test
  void presenceAndFrequencyCountWhatWasDrawnOnly() {
    float[] logits = {3, 2.5f, 2};
    Sampler presence = greedy(new Penalties(1, 0.75, 0), 0, 0, 0);
    assertThat(presence.next(logits)).isEqualTo(0);
    assertThat(presence.next(logits)).as("2.25, 2.5, 2").isEqualTo(1);
    assertThat(presence.next(logits)).as("2.25, 1.75, 2").isEqualTo(0);
    assertThat(presence.next(logits)).as("the same again").isEqualTo(0);
    Sampler frequency = greedy(new Penalties(1, 0, 0.75), 0, 0, 0);
    assertThat(frequency.next(logits)).isEqualTo(0);
    assertThat(frequency.next(logits)).as("2.25, 2.5, 2").isEqualTo(1);
    assertThat(frequency.next(logits)).as("2.25, 1.75, 2").isEqualTo(0);
    assertThat(frequency.next(logits)).as("1.5, 1.75, 2").isEqualTo(2);
  }

  @Test
  void oneAndNoughtDoNothing() {
    assertThat(Penalties.NONE.penalise(0.3f, 5)).isEqualTo(0.3f);
  }

  @Test
  void valuesOutOfRangeAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Penalties(0, 0, 0))
        .withMessage("repetition-penalty must be more than 0 (1 does nothing), not 0");
    assertThatIllegalArgumentException().isThrownBy(() -> new Penalties(Double.NaN, 0, 0));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Penalties(1, -2.5, 0))
        .withMessage("presence-penalty must be between -2 and 2, not -2.5");
    assertThatIllegalArgumentException().isThrownBy(() -> new Penalties(1, 0, 3));
  }
}
