package dune.weights.bind;

import static dune.weights.bind.Clause.name;
import static dune.weights.bind.Clause.split;
import static dune.weights.bind.Clause.transpose;
import static org.assertj.core.api.Assertions.assertThat;

import dune.ir.Elem;
import dune.ir.Initializer;
import dune.ir.Origin;
import dune.ir.Program;
import dune.ir.Type;
import dune.ir.Weight;
import dune.ir.checkpoint.CheckpointMap;
import dune.ir.checkpoint.Pattern;
import dune.ir.checkpoint.Rule;
import dune.ir.checkpoint.TensorSource;
import dune.ir.dim.Dim;
import dune.weights.tensor.DType;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class BinderTest {
  @TempDir Path folder;

  private static List<String> lines(BindingReport report) {
    return ReportText.lines(report).lines().toList();
  }

  @Test
  void theFirstRuleThatMatchesDecides() {
    var report =
        new Clause()
            .rule("lm_head", "lm_head")
            .rule("*", "model.{*}")
            .want("lm_head.weight", 4, 2)
            .want("norm.weight", 2)
            .bind(
                new Sample()
                    .counting("lm_head.weight", 0, 4, 2)
                    .counting("model.norm.weight", 0, 2)
                    .in(folder));
    assertThat(report.isComplete()).isTrue();
    assertThat(lines(report))
        .containsExactly(
            "ok          lm_head.weight f32[4, 2] = lm_head.weight",
            "ok          norm.weight f32[2] = model.norm.weight");
    assertThat(ReportText.summary(report)).isEqualTo("2 ok");
  }

  @Test
  void optionalPrefixesAreFoundEitherWay() {
    var clause = new Clause().rule("*", "[transformer.]{*}").want("wte.weight", 2);
    assertThat(clause.bind(new Sample().counting("wte.weight", 0, 2).in(folder)).isComplete())
        .isTrue();
    assertThat(
            clause
                .bind(new Sample().counting("transformer.wte.weight", 0, 2).in(folder))
                .isComplete())
        .isTrue();
  }

  @Test
  void anAbsentNameIsSpelledInTheStyleOfTheFile() {
    var clause =
        new Clause().rule("*", "[transformer.]{*}").want("wte.weight", 2).want("h.0.ln.bias", 2);
    assertThat(lines(clause.bind(new Sample().counting("wte.weight", 0, 2).in(folder))).get(1))
        .contains("the file has no `transformer.h.0.ln.bias`");
    var prefixed = new Sample().counting("transformer.h.0.ln.weight", 0, 2).in(folder);
    assertThat(lines(clause.bind(prefixed)).get(1))
        .contains("the file has no `transformer.h.0.ln.bias`");
    var plain = new Sample().counting("h.0.ln.weight", 0, 2).in(folder);
    assertThat(lines(clause.bind(plain)).get(1)).contains("the file has no `h.0.ln.bias`");
  }

  @Test
  void aMissingTensorNamesTheLineThatAsksAndWhatMayBeMeant() {
    var report =
        new Clause()
            .rule("*", "model.{*}")
            .want("layers.0.mlp.up_proj.weight", 4, 2)
            .want("layers.1.mlp.up_proj.weight", 4, 2)
            .bind(
                new Sample()
                    .counting("model.layers.0.mlp.up_porj.weight", 0, 4, 2)
                    .counting("model.layers.11.mlp.up_proj.weight", 0, 4, 2)
                    .in(folder));
    assertThat(lines(report))
        .containsExactly(
            "missing     layers.0.mlp.up_proj.weight f32[4, 2]: the file has no"
                + " `model.layers.0.mlp.up_proj.weight` (asked for at std/linear.dune:4);"
                + " did you mean `model.layers.0.mlp.up_porj.weight`?",
            "missing     layers.1.mlp.up_proj.weight f32[4, 2]: the file has no"
                + " `model.layers.1.mlp.up_proj.weight` (asked for at std/linear.dune:4)",
            "extra       `model.layers.0.mlp.up_porj.weight` F32[4, 2]: no weight asks for it;"
                + " perhaps it is layers.0.mlp.up_proj.weight",
            "extra       `model.layers.11.mlp.up_proj.weight` F32[4, 2]: no weight asks for it");
    assertThat(report.isComplete()).isFalse();
    assertThat(ReportText.summary(report)).isEqualTo("2 extra, 2 missing");
  }

  @Test
  void aMovedTensorIsSuggestedByItsEnd() {
    var report =
        new Clause()
            .rule("*", "model.{*}")
            .want("layers.0.self_attn.q_proj.weight", 2, 2)
            .bind(
                new Sample()
                    .counting("language_model.decoder.layers.0.self_attn.q_proj.weight", 0, 2, 2)
                    .in(folder));
    assertThat(lines(report).getFirst())
        .endsWith("did you mean `language_model.decoder.layers.0.self_attn.q_proj.weight`?");
  }

  @Test
  void ofTwoSimilarTensorsTheOneOfTheRightShapeIsMeant() {
    var report =
        new Clause()
            .rule("*", "{*}")
            .want("a.norms.weight", 4)
            .bind(
                new Sample()
                    .counting("a.norm.weight", 0, 2)
                    .counting("a.normal.weight", 0, 4)
                    .in(folder));
    assertThat(lines(report).getFirst()).endsWith("did you mean `a.normal.weight`?");
  }

  @Test
  void aPathWithoutARuleIsReported() {
    var report =
        new Clause()
            .rule("lm_head", "lm_head")
            .want("norm.weight", 2)
            .bind(new Sample().in(folder));
    assertThat(lines(report))
        .containsExactly(
            "missing     norm.weight f32[2]: no rule of the checkpoint clause is for it (asked for"
                + " at std/linear.dune:4)");
  }

  @Test
  void wrongShapesAndTransposedOnesAreToldApart() {
    var report =
        new Clause()
            .rule("*", "{*}")
            .want("a", 4, 2)
            .want("b", 4, 2)
            .want("c", 4)
            .want("d", 8)
            .bind(
                new Sample()
                    .counting("a", 0, 2, 4)
                    .counting("b", 0, 3, 2)
                    .counting("c", 0, 4, 1)
                    .counting("d", 0, 4, 2)
                    .in(folder));
    assertThat(lines(report))
        .containsExactly(
            "transposed  a f32[4, 2]: `a` is [2, 4] (asked for at std/linear.dune:4); write"
                + " `transpose(...)` around it, or take it away",
            "wrong shape b f32[4, 2]: `b` is [3, 2], and should be [4, 2] (asked for at"
                + " std/linear.dune:4)",
            "wrong shape c f32[4]: `c` is [4, 1], and should be [4] (asked for at"
                + " std/linear.dune:4)",
            "wrong shape d f32[8]: `d` is [4, 2], and should be [8] (asked for at"
                + " std/linear.dune:4)");
  }

  @Test
  void aTransposeTooManyIsSeen() {
    var report =
        new Clause()
            .rule("*", transpose("{*}"))
            .want("a", 4, 2)
            .bind(new Sample().counting("a", 0, 4, 2).in(folder));
    assertThat(report.findings()).hasOnlyElementsOfType(Finding.Transposed.class);
  }

  @Test
  void aSplitOfTheWrongSizeSaysWhatTheTensorShouldBe() {
    var clause =
        new Clause()
            .rule("*.(q, k)", split(transpose("{*}.qk"), 1, 4L, 2L))
            .want("a.q.weight", 4, 3)
            .want("a.k.weight", 2, 3);
    assertThat(lines(clause.bind(new Sample().counting("a.qk.weight", 0, 3, 7).in(folder))))
        .allSatisfy(line -> assertThat(line).contains("is [3, 7], and should be [3, 6]"));
    assertThat(clause.bind(new Sample().counting("a.qk.weight", 0, 6, 3).in(folder)).findings())
        .hasOnlyElementsOfType(Finding.Transposed.class);
    assertThat(clause.bind(new Sample().counting("a.qk.weight", 0, 3, 6).in(folder)).isComplete())
        .isTrue();
  }

  @Test
  void typesThatDoNotConvertAreReported() {
    var report =
        new Clause()
            .rule("*", "{*}")
            .want("a", 2)
            .want("b", Elem.INT, 2)
            .want("c", Elem.BF16, 2)
            .want("d", Elem.BOOL, 2)
            .want("e", 2)
            .bind(
                new Sample()
                    .zeros("a", DType.F8_E4M3, 2)
                    .zeros("b", DType.I32, 2)
                    .zeros("c", DType.F64, 2)
                    .zeros("d", DType.U8, 2)
                    .zeros("e", DType.I64, 2)
                    .in(folder));
    assertThat(report.findings().stream().map(ReportText::status))
        .containsExactly("wrong type", "ok", "ok", "wrong type", "wrong type");
    assertThat(lines(report).getFirst()).contains("`a` is F8_E4M3, which is not converted");
  }

  @Test
  void ignoredTensorsAreNotExtra() {
    var report =
        new Clause()
            .rule("*", "{*}")
            .ignore("*.rotary_emb.inv_freq")
            .bind(
                new Sample()
                    .counting("l.0.rotary_emb.inv_freq", 0, 2)
                    .counting("l.0.other", 0, 2)
                    .in(folder));
    assertThat(report.findings().stream().map(ReportText::status))
        .containsExactly("ignored", "extra");
    assertThat(report.isComplete()).isTrue();
  }

  @Test
  void aTiedWeightNeedsOneTensorUnderEitherName() {
    var clause =
        new Clause()
            .rule("*", "{*}")
            .want("embed.weight", 4, 2)
            .tie("lm_head.weight", "embed.weight");
    var one = clause.bind(new Sample().counting("embed.weight", 0, 4, 2).in(folder));
    assertThat(lines(one)).containsExactly("ok          embed.weight f32[4, 2] = embed.weight");
    var other = clause.bind(new Sample().counting("lm_head.weight", 0, 4, 2).in(folder));
    assertThat(lines(other))
        .containsExactly(
            "ok          embed.weight f32[4, 2] = lm_head.weight",
            "tied        embed.weight: tied to lm_head.weight, and taken from `lm_head.weight`");
    assertThat(other.isComplete()).isTrue();
  }

  @Test
  void aCopyOfATiedWeightIsNoted() {
    var clause =
        new Clause()
            .rule("*", "{*}")
            .want("embed.weight", 4, 2)
            .tie("lm_head.weight", "embed.weight");
    var both =
        clause.bind(
            new Sample()
                .counting("embed.weight", 0, 4, 2)
                .counting("lm_head.weight", 0, 4, 2)
                .in(folder));
    assertThat(lines(both).get(1))
        .isEqualTo(
            "tied        lm_head.weight: tied to embed.weight, and `lm_head.weight` is there too");
    assertThat(both.isComplete()).isTrue();
    var contradiction =
        clause.bind(
            new Sample()
                .counting("embed.weight", 0, 4, 2)
                .counting("lm_head.weight", 0, 6, 2)
                .in(folder));
    assertThat(lines(contradiction).get(1))
        .startsWith("wrong shape lm_head.weight f32[4, 2]: `lm_head.weight` is [6, 2]");
    assertThat(contradiction.isComplete()).isFalse();
  }

  @Test
  void theWeightsOfAProgramAreRequestedOnce() {
    var type = Type.of(Elem.F32, Dim.of(4), Dim.of(2));
    var program =
        new Program(
            "Test",
            List.of(
                new Weight(
                    "head", type, new Initializer.Constant(0), Optional.of("embed"), Origin.NONE),
                new Weight(
                    "embed", type, new Initializer.Constant(0), Optional.empty(), Origin.NONE)),
            List.of(),
            List.of());
    var rule = new Rule(new Pattern(List.of(new Pattern.Step.Star())), name("{*}"), Origin.NONE);
    var map = new CheckpointMap(List.of("Test"), List.of(rule), List.of());
    var report = Binder.bind(map, program, new Sample().counting("embed", 0, 4, 2).in(folder));
    assertThat(lines(report)).containsExactly("ok          embed f32[4, 2] = embed");
  }

  @Test
  void twoNamesForOneTensorAreNoCopy() {
    var report =
        new Clause()
            .rule("*", "shared")
            .want("embed", 4)
            .tie("lm_head", "embed")
            .bind(new Sample().counting("shared", 0, 4).in(folder));
    assertThat(lines(report)).containsExactly("ok          embed f32[4] = shared");
  }

  @Test
  void theFirstFormThatIsThereIsTaken() {
    var clause =
        new Clause()
            .rule("*", new TensorSource.Coalesce(name("new.{*}"), name("old.{*}")))
            .want("a", 2);
    assertThat(lines(clause.bind(new Sample().counting("old.a", 0, 2).in(folder))))
        .containsExactly("ok          a f32[2] = old.a");
    assertThat(lines(clause.bind(new Sample().counting("new.a", 0, 2).in(folder))))
        .containsExactly("ok          a f32[2] = new.a");
    assertThat(lines(clause.bind(new Sample().in(folder))).getFirst())
        .contains("the file has no `new.a`");
  }

  @Test
  void aWeightThatIsSpreadOverTensorsIsStacked() {
    var clause =
        new Clause()
            .rule("*.q_norm.weight[h]", "model.{*}.q_norm.norms.{h}.weight")
            .want("l.0.q_norm.weight", 3, 2);
    var file =
        new Sample()
            .counting("model.l.0.q_norm.norms.0.weight", 0, 2)
            .counting("model.l.0.q_norm.norms.1.weight", 0, 2);
    assertThat(lines(clause.bind(file.in(folder))).getFirst())
        .contains("the file has no `model.l.0.q_norm.norms.2.weight`");
    file.counting("model.l.0.q_norm.norms.2.weight", 0, 2);
    assertThat(clause.bind(file.in(folder)).isComplete()).isTrue();
  }

  @Test
  void anIndexedListOfBlocksTakesItsNumberFromThePath() {
    var report =
        new Clause()
            .rule("*.experts[e].up", "{*}.{e}.w3")
            .want("l.0.experts.7.up.weight", 2)
            .bind(new Sample().counting("l.0.7.w3.weight", 0, 2).in(folder));
    assertThat(report.isComplete()).isTrue();
  }

  @Test
  void aStackedListGivesItsElements() {
    var clause =
        new Clause()
            .rule(
                "*.experts.(gate, up).weight",
                split(transpose("{*}.experts.gate_up_proj"), 3, 1L, 1L))
            .want("l.0.experts.1.gate.weight", 3, 4)
            .want("l.0.experts.2.up.weight", 3, 4);
    var three = new Sample().counting("l.0.experts.gate_up_proj", 0, 3, 4, 6).in(folder);
    assertThat(clause.bind(three).isComplete()).isTrue();
    var two = new Sample().counting("l.0.experts.gate_up_proj", 0, 2, 4, 6).in(folder);
    assertThat(lines(clause.bind(two)).get(1))
        .startsWith("wrong shape l.0.experts.2.up.weight")
        .contains("is [2, 4, 6], and should be [3, 4, 6]");
  }
}
