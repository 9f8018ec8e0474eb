package dune.ir.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dune.ir.checkpoint.Pattern.Step;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

final class PatternTest {
  private static final Step STAR = new Step.Star();

  private static Step name(String name) {
    return new Step.Name(name);
  }

  private static Pattern pattern(Step... steps) {
    return new Pattern(List.of(steps));
  }

  @Test
  void aBlockLeavesTheRestOfThePath() {
    var match = pattern(name("lm_head")).match("lm_head.weight").orElseThrow();
    assertThat(match.rest()).isEqualTo("weight");
    assertThat(pattern(name("lm_head")).match("lm_heads.weight")).isEmpty();
    assertThat(pattern(name("lm_head")).match("model.lm_head.weight")).isEmpty();
  }

  @Test
  void aWeightLeavesNothing() {
    var match = pattern(name("norm"), name("weight")).match("norm.weight").orElseThrow();
    assertThat(match.rest()).isEmpty();
  }

  @Test
  void aStarTakesSeveralStepsButNeverNone() {
    var pattern = pattern(STAR, name("norm"));
    var match = pattern.match("layers.0.norm.weight").orElseThrow();
    assertThat(match.stars()).containsExactly("layers.0");
    assertThat(pattern.match("norm.weight")).isEmpty();
  }

  @Test
  void theLongestFitIsMeant() {
    var match = pattern(STAR, name("mlp")).match("a.mlp.b.mlp.weight").orElseThrow();
    assertThat(match.stars()).containsExactly("a.mlp.b");
    assertThat(pattern(STAR).match("a.b.weight").orElseThrow().rest()).isEmpty();
  }

  @Test
  void aGroupTellsThePiece() {
    var pattern = pattern(STAR, new Step.Group(List.of("q_proj", "k_proj", "v_proj")));
    var match = pattern.match("layers.0.k_proj.bias").orElseThrow();
    assertThat(match.piece()).hasValue(1);
    assertThat(match.rest()).isEqualTo("bias");
    assertThat(pattern.match("layers.0.o_proj.bias")).isEmpty();
  }

  @Test
  void anIndexIsANumberOfTheListOrSpreadsTheWeight() {
    var pattern = pattern(STAR, new Step.Indexed("experts", "e"), name("up"));
    assertThat(pattern.match("l.0.experts.7.up.weight").orElseThrow().indices())
        .isEqualTo(Map.of("e", "7"));
    assertThat(pattern.match("l.0.experts.up.weight")).isEmpty();
    var spread = pattern(STAR, new Step.Indexed("weight", "h"));
    assertThat(spread.match("q_norm.weight").orElseThrow().indices())
        .isEqualTo(Map.of("h", Pattern.EACH));
  }

  @Test
  void aListWithoutIndexIsStackedInTheFile() {
    var pattern = pattern(STAR, name("experts"), name("up"), name("weight"));
    var match = pattern.match("layers.0.mlp.experts.7.up.weight").orElseThrow();
    assertThat(match.stars()).containsExactly("layers.0.mlp");
    assertThat(match.elements()).containsExactly(7L);
    assertThat(pattern(STAR, name("up")).match("l.0.experts.7.up.weight").orElseThrow().elements())
        .isEmpty();
  }

  @Test
  void manyStarsDoNotTakeForever() {
    var steps = new java.util.ArrayList<Step>();
    for (int i = 0; i < 12; i++) {
      steps.add(STAR);
      steps.add(name("a"));
    }
    steps.add(name("b"));
    var path = String.join(".", Collections.nCopies(200, "a"));
    Assertions.assertTimeoutPreemptively(
        Duration.ofSeconds(30), () -> assertThat(new Pattern(steps).match(path)).isEmpty());
  }

  @Test
  void printsAsItIsWritten() {
    var group = new Step.Group(List.of("q", "k"));
    assertThat(pattern(STAR, name("attn"), group, new Step.Indexed("weight", "h")))
        .hasToString("*.attn.(q, k).weight[h]");
  }

  @Test
  void pattern_c1_steps() {
    assertThatThrownBy(() -> new Pattern(List.of())).hasMessageContaining("at least one step");
  }

  @Test
  void pattern_c2_oneGroup() {
    var group = new Step.Group(List.of("a"));
    assertThatThrownBy(() -> pattern(group, group)).hasMessageContaining("at most one group");
  }

  @Test
  void pattern_c3_indexNames() {
    assertThatThrownBy(() -> pattern(new Step.Indexed("a", "i"), new Step.Indexed("b", "i")))
        .hasMessageContaining("same name");
  }
}
