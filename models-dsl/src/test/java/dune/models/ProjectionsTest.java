package dune.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dune.frontend.elaborate.Settings;
import dune.ir.Elem;
import dune.passes.lora.Projection;
import dune.passes.lora.Projections;
import dune.passes.lora.Selector;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What adapters can be put on, in models that come with dune.
final class ProjectionsTest {
  private static List<Projection> projections(String model) {
    Settings settings = Settings.defaults(Elem.F32).with(Map.of("L", "2"));
    return Projections.of(Shipped.elaborate(model, settings).program().orElseThrow());
  }

  private static List<String> select(String model, String selector) {
    return Selector.parse(selector).select(projections(model)).stream()
        .map(Projection::weight)
        .toList();
  }

  private static List<String> each(String list, String... names) {
    return Stream.of(0, 1)
        .flatMap(i -> Stream.of(names).map(name -> list + "." + i + "." + name + ".weight"))
        .toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama", "mistral", "phi3", "qwen2", "qwen3", "gemma2"})
  void gatedModels(String model) {
    assertThat(select(model, "attention.q")).isEqualTo(each("layers", "self_attn.q_proj"));
    assertThat(select(model, "attention.k")).isEqualTo(each("layers", "self_attn.k_proj"));
    assertThat(select(model, "attention.v")).isEqualTo(each("layers", "self_attn.v_proj"));
    assertThat(select(model, "attention.o")).isEqualTo(each("layers", "self_attn.o_proj"));
    assertThat(select(model, "mlp.gate")).isEqualTo(each("layers", "mlp.gate_proj"));
    assertThat(select(model, "mlp.up")).isEqualTo(each("layers", "mlp.up_proj"));
    assertThat(select(model, "writers of the residual"))
        .isEqualTo(each("layers", "self_attn.o_proj", "mlp.down_proj"));
    assertThat(select(model, "layers 1..2: mlp.down"))
        .containsExactly("layers.1.mlp.down_proj.weight");
    assertThat(select(model, "every linear")).hasSize(14);
  }

  @Test
  void gpt2() {
    assertThat(select("gpt2", "attention.q + attention.v"))
        .isEqualTo(each("h", "attn.q_proj", "attn.v_proj"));
    assertThat(select("gpt2", "mlp.up + writers of the residual"))
        .isEqualTo(each("h", "attn.o_proj", "mlp.up_proj", "mlp.down_proj"));
  }

  /// Neither the router nor the experts, which run by token.
  @Test
  void mixtral() {
    assertThat(select("mixtral", "every linear"))
        .isEqualTo(
            each(
                "layers",
                "self_attn.q_proj",
                "self_attn.k_proj",
                "self_attn.v_proj",
                "self_attn.o_proj"));
    assertThatThrownBy(() -> select("mixtral", "mlp.up"))
        .hasMessage(
            "`mlp.up` is nothing in this model; it has `attention.q`, `attention.k`,"
                + " `attention.v`, `attention.o`, `writers of the residual`, `every linear`");
  }
}
