package dune.ir.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dune.ir.Origin;
import dune.ir.checkpoint.Pattern.Step;
import dune.ir.checkpoint.TensorSource.Part;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RuleTest {
  private static final Pattern ALL = new Pattern(List.of(new Step.Star()));

  /// Reads `[optional.]`, `{*}` and `{index}`; the rest is text.
  private static TensorSource.Name name(String text) {
    var parts =
        java.util.regex.Pattern.compile("\\[(.+?)]|\\{(.+?)}|[^\\[{]+")
            .matcher(text)
            .results()
            .<Part>map(
                part -> {
                  if (part.group(1) != null) return new Part.Perhaps(part.group(1));
                  if (part.group(2) == null) return new Part.Text(part.group());
                  boolean star = part.group(2).equals("*");
                  return star ? new Part.Star() : new Part.Index(part.group(2));
                })
            .toList();
    return new TensorSource.Name(parts);
  }

  private static Rule rule(Pattern ours, TensorSource theirs) {
    return new Rule(ours, theirs, Origin.NONE);
  }

  @Test
  void namesAreMadeFromTheMatch() {
    var match = ALL.match("layers.0.norm.weight").orElseThrow();
    assertThat(name("model.{*}").candidates(match)).containsExactly("model.layers.0.norm.weight");
  }

  @Test
  void theRestIsAppended() {
    var gate = new Pattern(List.of(new Step.Star(), new Step.Name("gate_proj")));
    var match = gate.match("layers.0.experts.1.gate_proj.weight").orElseThrow();
    assertThat(name("model.{*}.w1").candidates(match))
        .containsExactly("model.layers.0.experts.1.w1.weight");
  }

  @Test
  void optionalPartsGiveSeveralNamesTheLongestFirst() {
    var match = ALL.match("wte.weight").orElseThrow();
    assertThat(name("[a.][b.]{*}").candidates(match))
        .containsExactly("a.b.wte.weight", "b.wte.weight", "a.wte.weight", "wte.weight");
  }

  @Test
  void starsCorrespondInOrderAndOneStandsForAll() {
    var two = new Pattern(List.of(new Step.Star(), new Step.Name("mid"), new Step.Star()));
    var match = two.match("a.b.mid.c").orElseThrow();
    assertThat(name("{*}.{*}").candidates(match)).containsExactly("a.b.c");
    var one = ALL.match("a").orElseThrow();
    assertThat(name("{*}.{*}").candidates(one)).containsExactly("a.a");
  }

  @Test
  void rule_c1_stars() {
    var ours = new Pattern(List.of(new Step.Name("lm_head")));
    assertThatThrownBy(() -> rule(ours, name("{*}"))).hasMessageContaining("`lm_head` has none");
    var two = new Pattern(List.of(new Step.Star(), new Step.Name("mid"), new Step.Star()));
    assertThatThrownBy(() -> rule(two, name("{*}"))).hasMessageContaining("has 2 stars");
  }

  @Test
  void rule_c2_indices() {
    assertThatThrownBy(() -> rule(ALL, name("{*}.{e}"))).hasMessageContaining("`{e}`");
  }

  @Test
  void rule_c3_pieces() {
    var pair = new Pattern(List.of(new Step.Star(), new Step.Group(List.of("gate", "up"))));
    var three = new TensorSource.Split(name("{*}.x"), List.of(1L, 1L, 1L), 1);
    assertThatThrownBy(() -> rule(pair, three)).hasMessageContaining("makes 3 pieces");
    assertThat(rule(pair, new TensorSource.Split(name("{*}.x"), List.of(1L, 1L), 1)).theirs())
        .hasToString("split(\"{*}.x\", 1, 1)");
  }

  @Test
  void rule_c4_splitOfSplit() {
    var inner = new TensorSource.Split(name("{*}"), List.of(4L), 1);
    var outer = new TensorSource.Split(new TensorSource.Transpose(inner), List.of(4L), 1);
    assertThatThrownBy(() -> rule(ALL, outer)).hasMessageContaining("`split` of a `split`");
  }

  @Test
  void rule_c5_optionalParts() {
    assertThatThrownBy(() -> rule(ALL, name("[a][b][c][d][e]{*}")))
        .hasMessageContaining("more than 4 optional parts");
  }

  @ParameterizedTest
  @CsvSource({
    "*.rotary_emb.inv_freq, model.layers.0.self_attn.rotary_emb.inv_freq, true",
    "*.attn.bias, h.0.attn.bias, true",
    "*.attn.bias, h.0.attn.c_attn.bias, false",
    "a*b*c, aXbYbZc, true",
    "a*b*c, aXbYbZ, false",
    "*, anything.at.all, true",
    "abc, abc, true",
    "abc, abcd, false",
    "abc*, abc, true",
  })
  void ignoreIsAGlobOverTheWholeName(String glob, String name, boolean covered) {
    assertThat(new Ignore(glob, Origin.NONE).covers(name)).isEqualTo(covered);
  }
}
