package dune.runtime.summary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dune.frontend.elaborate.Settings;
import dune.frontend.source.SourceText;
import dune.ir.Elem;
import dune.runtime.compile.CompileOptions;
import dune.runtime.library.Library;
import dune.runtime.library.ModelFile;
import dune.weights.InputFailure;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ModelSummaryTest {
  private static ModelFile shipped(String name) {
    return Library.models().stream()
        .filter(text -> text.name().equals("models/" + name + ".dune"))
        .map(text -> new ModelFile(text, Path.of("")))
        .findFirst()
        .orElseThrow();
  }

  private static ModelSummary summary(ModelFile model, int context, Map<String, String> values) {
    var settings = Settings.defaults(Elem.F32).with(values);
    var options = CompileOptions.DEFAULTS.withContext(context);
    return ((ModelSummary.Result.Done) ModelSummary.of(model, settings, options)).summary();
  }

  private static ModelSummary summary(String text, int context) {
    return summary(new ModelFile(SourceText.of("own.dune", text), Path.of("")), context, Map.of());
  }

  /// What is published of these models.
  @ParameterizedTest
  @CsvSource({
    "gpt2, 124439808, 124439808",
    "llama, 6738415616, 6738415616",
    "mistral, 7241732096, 7241732096",
    "mixtral, 46702792704, 12879925248"
  })
  void parametersAreThosePublished(String name, long parameters, long active) {
    var summary = summary(shipped(name), 1024, Map.of());
    assertThat(summary.whole().parameters()).isEqualTo(parameters);
    assertThat(summary.whole().active()).isEqualTo(active);
    assertThat(summary.weights().bytes(Elem.F32)).isEqualTo(4 * parameters);
    assertThat(summary.weights().bytes(Elem.F16)).isEqualTo(2 * parameters);
  }

  /// 2 x every multiplied parameter, and attention over the context by the textbook.
  @Test
  void flopsAreThoseOfTheFormula() {
    var summary = summary(shipped("mistral"), 100, Map.of("L", "3"));
    long multiplied = summary.whole().parameters() - 32000L * 4096 - (2 * 3 + 1) * 4096L;
    assertThat(summary.flops().withWeights()).isEqualTo(2 * multiplied);
    assertThat(summary.flops().amongTokens()).isEqualTo(3 * 2 * 2 * 100 * 4096L);
    assertThat(summary.flops().total()).isEqualTo(summary.whole().flops());
    assertThat(summary.cache().bytes(Elem.BF16)).isEqualTo(3 * 2 * 8 * 128 * 2L);
    assertThat(summary.kept().bytes(Elem.BF16)).isEqualTo(100 * 3 * 2 * 8 * 128 * 2L);
  }

  @Test
  void onlyChosenExpertsCount() {
    var values = Map.of("L", "1", "E", "32", "k", "3");
    var summary = summary(shipped("mixtral"), 10, values);
    long expert = 3 * 4096L * 14336;
    assertThat(summary.whole().parameters() - summary.whole().active()).isEqualTo(29 * expert);
    var experts = find(summary.whole(), "experts.0 .. 31");
    assertThat(experts.count()).isEqualTo(32);
    assertThat(experts.parameters()).isEqualTo(32 * expert);
    assertThat(experts.flops()).isEqualTo(2 * 3 * expert);
  }

  @Test
  void aWindowKeepsNoMoreThanItself() {
    var summary = summary(shipped("mistral"), 4096, Map.of("L", "1", "window", "64"));
    assertThat(summary.kept().bytes(Elem.F32)).isEqualTo(64 * summary.cache().bytes(Elem.F32));
    assertThat(summary.flops().amongTokens()).isEqualTo(2 * 2 * 64 * 4096L);
  }

  @Test
  void equalLayersAreOneRow() {
    var layers = find(summary(shipped("llama"), 10, Map.of()).whole(), "layers.0 .. 31");
    assertThat(layers.count()).isEqualTo(32);
    assertThat(layers.parts().stream().map(Block::name))
        .containsExactly("input_layernorm", "self_attn", "post_attention_layernorm", "mlp");
    assertThat(layers.parts().stream().mapToLong(Block::parameters).sum())
        .isEqualTo(layers.parameters());
  }

  private static final String OWN =
      """
      import std.{Embedding, Linear}

      block Layer(D: dim, F: dim) {
        up: Linear(D, F)
        down: Linear(F, D)
        gain: param f32[D] = ones
        forward(x: [B, T, D]) -> [B, T, D] { down(up(x)) * (gain as type(x)) }
      }

      block Memory(D: dim) {
        mix: Linear(D, D)
        forward(x: [B, T, D]) -> [B, T, D] {
          var last: [B, D] = zeros
          for t in T {
            last = mix(x[T = t]) + last
            last
          }
        }
      }

      model Own(V: dim = 10, D: dim = 4) {
        embed: Embedding(V, D)
        layers: [Layer(D, if i < 2 { 4 * D } else { 8 * D }) for i in 0 .. 5]
        memory: Memory(D)
        head: Linear(D, V)
        tie head.weight = embed.weight
        forward(tokens: int[B, T]) -> [B, T, V] {
          var x = embed(tokens)
          for layer in layers { x = layer(x) }
          head(memory(x))
        }
      }
      """;

  @Test
  void layersOfTwoKindsAreTwoRows() {
    var summary = summary(OWN, 10);
    assertThat(summary.whole().parts().stream().map(Block::name))
        .containsExactly("embed", "layers.0 .. 1", "layers.2 .. 4", "memory", "head");
    assertThat(find(summary.whole(), "head").parameters()).isZero();
    assertThat(find(summary.whole(), "head").flops()).isEqualTo(2 * 10 * 4);
  }

  @Test
  void typesThatTheTextAsksForStay() {
    var summary = summary(OWN, 10);
    long scaled = 10 * 4 + 2 * 2 * 4 * 16 + 3 * 2 * 4 * 32 + 4 * 4;
    assertThat(summary.weights()).isEqualTo(new ModelSummary.Memory(scaled, 5 * 4 * 4));
    assertThat(summary.weights().bytes(Elem.F16)).isEqualTo(2 * scaled + 80);
  }

  @Test
  void aScanKeepsItsStateHoweverLongTheText() {
    var summary = summary(OWN, 10);
    assertThat(summary.cache()).isEqualTo(new ModelSummary.Memory(0, 0));
    assertThat(summary.kept()).isEqualTo(new ModelSummary.Memory(4, 0));
    assertThat(find(summary.whole(), "memory").flops()).isEqualTo(2 * 4 * 4);
  }

  @Test
  void whatCannotBeContinuedIsComputedAnew() {
    String text = OWN.replace("head(memory(x))", "head(x - mean(x, over T))");
    var summary = summary(text.replace("memory: Memory(D)", ""), 10);
    assertThat(summary.reasons()).isNotEmpty();
    long multiplied = 2 * 2 * 4 * 16 + 3 * 2 * 4 * 32 + 10 * 4;
    assertThat(summary.flops().total()).isEqualTo(10 * 2 * multiplied);
  }

  @Test
  void mistakesAndContextsThatCannotBe() {
    var model = shipped("gpt2");
    var settings = Settings.defaults(Elem.F32);
    var wrong = settings.with(Map.of("D", "7"));
    assertThat(ModelSummary.of(model, wrong, CompileOptions.DEFAULTS))
        .isInstanceOf(ModelSummary.Result.Refused.class);
    assertThatThrownBy(() -> summary(model, 2000, Map.of()))
        .isInstanceOf(InputFailure.class)
        .hasMessageContaining("the model has learned 1024 positions");
  }

  private static Block find(Block block, String name) {
    return all(block).stream().filter(one -> one.name().equals(name)).findFirst().orElseThrow();
  }

  private static List<Block> all(Block block) {
    var all = new java.util.ArrayList<>(List.of(block));
    block.parts().forEach(part -> all.addAll(all(part)));
    return all;
  }
}
