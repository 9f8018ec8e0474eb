package dune.weights.bind;

import static dune.weights.bind.Clause.name;
import static dune.weights.bind.Clause.split;
import static dune.weights.bind.Clause.transpose;
import static org.assertj.core.api.Assertions.assertThat;

import dune.weights.SharedData;
import dune.weights.bind.WeightLoader.Loaded;
import dune.weights.checkpoint.Checkpoint;
import dune.weights.tensor.Source;
import dune.weights.tensor.Tensors;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Files that Hugging Face's library wrote, under the names that the models use.
final class GoldenBindingTest {
  private static final long V = 96;
  private static final long D = 48;

  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void close() {
    arena.close();
  }

  private record Result(BindingReport report, Tensors tensors, Map<String, Loaded> weights) {
    float[] weight(String path) {
      return Sample.floats(weights.get(path).bytes());
    }
  }

  private Result load(Clause clause, String folder) {
    var tensors = Checkpoint.open(SharedData.require(folder)).tensors();
    var report = clause.bind(tensors);
    assertThat(report.problems()).isEmpty();
    var loader = new WeightLoader(tensors.map(arena), arena);
    var weights = new LinkedHashMap<String, Loaded>();
    for (Binding binding : report.bindings()) {
      weights.put(binding.request().path(), loader.load(binding));
    }
    return new Result(report, tensors, weights);
  }

  private float[] raw(Result result, String name) {
    var source = result.tensors().find(name).orElseThrow().source();
    return Sample.floats(result.tensors().map(arena).of((Source.Region) source));
  }

  private static Clause llama(long v, long d, long f, long layers, long kv) {
    var clause = new Clause().want("embed_tokens.weight", v, d).want("norm.weight", d);
    for (int i = 0; i < layers; i++) {
      var layer = "layers." + i;
      clause
          .want(layer + ".input_layernorm.weight", d)
          .want(layer + ".self_attn.q_proj.weight", d, d)
          .want(layer + ".self_attn.k_proj.weight", kv, d)
          .want(layer + ".self_attn.v_proj.weight", kv, d)
          .want(layer + ".self_attn.o_proj.weight", d, d)
          .want(layer + ".post_attention_layernorm.weight", d)
          .want(layer + ".mlp.gate_proj.weight", f, d)
          .want(layer + ".mlp.up_proj.weight", f, d)
          .want(layer + ".mlp.down_proj.weight", d, f);
    }
    return clause;
  }

  @Test
  void llamaIsUsedWhereItLies() {
    var clause =
        llama(V, D, 80, 3, 24)
            .rule("lm_head", "lm_head")
            .rule("*", "model.{*}")
            .want("lm_head.weight", V, D);
    var result = load(clause, "golden/llama");
    assertThat(result.report().findings()).hasOnlyElementsOfType(Finding.Ok.class);
    assertThat(result.weights().values()).allMatch(loaded -> loaded.kind() == Loaded.Kind.MAPPED);
    assertThat(result.weight("layers.2.mlp.up_proj.weight"))
        .isEqualTo(raw(result, "model.layers.2.mlp.up_proj.weight"));
  }

  @Test
  void storiesAreTied() {
    var clause =
        llama(512, 64, 172, 5, 32)
            .rule("lm_head", "lm_head")
            .rule("*", "model.{*}")
            .tie("lm_head.weight", "embed_tokens.weight");
    var result = load(clause, "models/stories260K");
    assertThat(result.report().findings()).hasOnlyElementsOfType(Finding.Ok.class);
  }

  @Test
  void gpt2IsTransposedAndSplit() {
    var clause =
        new Clause()
            .rule(
                "*.attn.(q_proj, k_proj, v_proj)",
                split(transpose("[transformer.]{*}.attn.c_attn"), 1, D, D, D))
            .rule("*.mlp.up_proj", transpose("[transformer.]{*}.mlp.c_fc"))
            .rule("*.(o_proj, down_proj)", transpose("[transformer.]{*}.c_proj"))
            .rule("lm_head", "lm_head")
            .rule("*", "[transformer.]{*}")
            .tie("lm_head.weight", "wte.weight")
            .want("wte.weight", V, D)
            .want("wpe.weight", 64, D)
            .want("ln_f.weight", D)
            .want("ln_f.bias", D);
    for (int i = 0; i < 3; i++) {
      var layer = "h." + i;
      for (var projection : new String[] {"q_proj", "k_proj", "v_proj", "o_proj"}) {
        clause
            .want(layer + ".attn." + projection + ".weight", D, D)
            .want(layer + ".attn." + projection + ".bias", D);
      }
      clause
          .want(layer + ".ln_1.weight", D)
          .want(layer + ".ln_1.bias", D)
          .want(layer + ".ln_2.weight", D)
          .want(layer + ".ln_2.bias", D)
          .want(layer + ".mlp.up_proj.weight", 4 * D, D)
          .want(layer + ".mlp.up_proj.bias", 4 * D)
          .want(layer + ".mlp.down_proj.weight", D, 4 * D)
          .want(layer + ".mlp.down_proj.bias", D);
    }
    var result = load(clause, "golden/gpt2");
    assertThat(result.report().findings()).hasOnlyElementsOfType(Finding.Ok.class);

    var fused = raw(result, "transformer.h.1.attn.c_attn.weight");
    var keys = result.weight("h.1.attn.k_proj.weight");
    for (int out = 0; out < D; out++) {
      for (int in = 0; in < D; in++) {
        assertThat(keys[(int) (out * D + in)]).isEqualTo(fused[(int) (in * 3 * D + D + out)]);
      }
    }
    var bias = raw(result, "transformer.h.1.attn.c_attn.bias");
    assertThat(result.weight("h.1.attn.v_proj.bias"))
        .isEqualTo(Arrays.copyOfRange(bias, (int) (2 * D), (int) (3 * D)));
    assertThat(result.weights().get("h.1.attn.v_proj.bias").kind()).isEqualTo(Loaded.Kind.MAPPED);
  }

  @Test
  void phi3IsSplitWithoutACopy() {
    var clause =
        llama(V, D, 80, 3, 24)
            .rule(
                "*.self_attn.(q_proj, k_proj, v_proj)",
                split(name("model.{*}.self_attn.qkv_proj"), 1, D, 24L, 24L))
            .rule(
                "*.mlp.(gate_proj, up_proj)",
                split(name("model.{*}.mlp.gate_up_proj"), 1, 80L, 80L))
            .rule("lm_head", "lm_head")
            .rule("*", "model.{*}")
            .want("lm_head.weight", V, D);
    var result = load(clause, "golden/phi3");
    assertThat(result.report().findings()).hasOnlyElementsOfType(Finding.Ok.class);
    assertThat(result.weights().values()).allMatch(loaded -> loaded.kind() == Loaded.Kind.MAPPED);
    var fused = raw(result, "model.layers.1.mlp.gate_up_proj.weight");
    assertThat(result.weight("layers.1.mlp.up_proj.weight"))
        .isEqualTo(Arrays.copyOfRange(fused, (int) (80 * D), (int) (160 * D)));
  }
}
