package dune.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// `dunec inspect`: what it shows of good folders, of strange ones and of broken ones.
final class InspectTest {
  private static final Path GOLDEN = SourceTree.ROOT.resolve("runtime/src/test/resources/golden");

  @TempDir Path folder;

  private static Run inspect(Object path, String... options) {
    var words = new java.util.ArrayList<>(List.of("inspect", path.toString()));
    words.addAll(List.of(options));
    Run run = Run.of(words.toArray(String[]::new));
    assertThat(run.err()).doesNotContain("Exception", "\tat ", "a bug in dune");
    return run;
  }

  /// A copy of the tiny checkpoint, to be changed.
  private Path copy() throws IOException {
    for (String name : new String[] {"config.json", "model.safetensors"}) {
      Files.copy(Shared.TINY.resolve(name), folder.resolve(name));
    }
    return folder;
  }

  private void config(String from, String to) throws IOException {
    Path file = copy().resolve("config.json");
    Files.writeString(file, Files.readString(file).replace(from, to));
  }

  @Test
  void equalLayersAreOneLine() {
    Run run = inspect(GOLDEN.resolve("mixtral"));
    assertThat(run.status()).isZero();
    assertThat(run.err()).isEmpty();
    assertThat(run.out().replaceAll(" +", " "))
        .contains(
            "model.layers.{0..2}.block_sparse_moe.experts.{0..3}.w1.weight 12 f32 [80, 48] 184,320"
                + " bytes layers.{0..2}.block_sparse_moe.experts.{0..3}.gate_proj.weight"
                + " (std/linear.dune:4)")
        .contains("total 60 tensors, 169,104 numbers, 676,416 bytes")
        .contains("metadata format = pt")
        .contains("hidden_size = 48")
        .contains("model models/mixtral.dune for `MixtralForCausalLM` (model_type `mixtral`)")
        .contains("fits 60 ok");
    assertThat(inspect(GOLDEN.resolve("mixtral"), "--all").out())
        .contains("model.layers.2.block_sparse_moe.experts.3.w1.weight")
        .doesNotContain("{0..2}");
  }

  @Test
  void aTensorMayBecomeSeveralWeights() {
    assertThat(inspect(GOLDEN.resolve("gpt2")).out())
        .contains(
            "h.{0..2}.attn.q_proj.weight, h.{0..2}.attn.k_proj.weight,"
                + " h.{0..2}.attn.v_proj.weight");
  }

  @Test
  void programsGetJson() throws IOException {
    Run run = inspect(GOLDEN.resolve("phi3"), "--json");
    assertThat(run.status()).isZero();
    JsonNode json = new JsonMapper().readTree(run.out());
    assertThat(json.at("/architecture").asText()).isEqualTo("Phi3ForCausalLM");
    assertThat(json.at("/model").asText()).isEqualTo("models/phi3.dune");
    assertThat(json.at("/config/hidden_size").asInt()).isEqualTo(48);
    assertThat(json.at("/totals/tensors").asInt()).isEqualTo(json.at("/tensors").size());
    JsonNode fused =
        json.at("/tensors")
            .valueStream()
            .filter(tensor -> tensor.at("/name").asText().endsWith("0.self_attn.qkv_proj.weight"))
            .findFirst()
            .orElseThrow();
    assertThat(fused.at("/shape/0").asInt()).isEqualTo(96);
    assertThat(fused.at("/bytes").asInt()).isEqualTo(96 * 48 * 4);
    assertThat(fused.at("/weights")).hasSize(3);
    assertThat(fused.at("/weights/1/path").asText()).isEqualTo("layers.0.self_attn.k_proj.weight");
    assertThat(fused.at("/weights/1/made_by").asText()).endsWith("[48 .. 72 of axis 0]");
    assertThat(fused.at("/weights/1/declared").asText()).isEqualTo("std/linear.dune:4");
  }

  @Test
  void anUnknownArchitectureIsSaidToBe() throws IOException {
    config("LlamaForCausalLM", "NobodysForCausalLM");
    Run run = inspect(folder);
    assertThat(run.status()).isZero();
    assertThat(run.out())
        .contains("none is written for `NobodysForCausalLM` (model_type `llama`)")
        .contains("dune comes with ", "LlamaForCausalLM, ")
        .contains("\"Writing a new architecture\" in docs/language.md")
        .contains("model.layers.{0..2}.mlp.up_proj.weight");
    Path llama = SourceTree.ROOT.resolve("models-dsl/src/main/resources/dune/models/llama.dune");
    assertThat(inspect(folder, "--model", llama.toString()).out()).contains("fits      30 ok");
  }

  @Test
  void configsThatDoNotSayWhatTheyAre() throws IOException {
    config("\"architectures\"", "\"other\"");
    assertThat(inspect(folder).out()).contains("config.json names no architecture; --model");
    Files.delete(folder.resolve("config.json"));
    Run run = inspect(folder);
    assertThat(run.status()).isZero();
    assertThat(run.out()).contains("no config.json lies beside it", "total     30 tensors");
    assertThat(new JsonMapper().readTree(inspect(folder, "--json").out()).at("/config").isNull())
        .isTrue();
  }

  @Test
  void tensorsThatDoNotFitAreCounted() throws IOException {
    config("\"num_hidden_layers\": 3", "\"num_hidden_layers\": 5");
    Run run = inspect(folder);
    assertThat(run.status()).isZero();
    assertThat(run.out())
        .contains("18 missing, 30 ok")
        .contains("the file has no `model.layers.3.input_layernorm.weight`")
        .contains("and 8 more; `dunec check --weights` lists all");
  }

  @Test
  void configsThatNoModelCanBeMadeOf() throws IOException {
    config("\"hidden_size\": 48", "\"hidden_size\": \"wide\"");
    Run run = inspect(folder);
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.out()).contains("which cannot be made of this config", "total     30 tensors");
    assertThat(run.err()).contains("hidden_size");
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama.bin", "llama.legacy.bin"})
  void picklesAreRead(String name) throws IOException {
    Path pickle = Path.of(System.getProperty("dune.shared", "../shared"), "golden/pickle", name);
    org.junit.jupiter.api.Assumptions.assumeTrue(
        Files.exists(pickle), () -> "skipped: " + pickle + " is absent");
    Files.copy(pickle, folder.resolve("pytorch_model.bin"));
    Files.copy(Shared.TINY.resolve("config.json"), folder.resolve("config.json"));
    assertThat(inspect(folder).out()).contains("fits      30 ok", "file      pytorch_model.bin");
  }

  @Test
  void whatIsNoCheckpoint() throws IOException {
    refused(2, "there is no such file or folder", folder.resolve("absent"));
    refused(2, "holds no weights", folder);
    Path text = Files.writeString(folder.resolve("notes.txt"), "text");
    refused(1, "its name is not that of weights", text);
    Path broken = Files.writeString(folder.resolve("model.safetensors"), "text");
    refused(1, "model.safetensors", broken);
    assertThat(Run.of("inspect").status()).isEqualTo(2);
  }

  private static void refused(int status, String message, Path path) {
    Run run = inspect(path);
    assertThat(run.err()).contains(message).hasLineCount(1);
    assertThat(run.out()).isEmpty();
    assertThat(run.status()).isEqualTo(status);
  }
}
