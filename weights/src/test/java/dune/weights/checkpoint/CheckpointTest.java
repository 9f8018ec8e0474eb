package dune.weights.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dune.ir.Elem;
import dune.weights.EnvironmentFailure;
import dune.weights.InputFailure;
import dune.weights.Resources;
import dune.weights.SharedData;
import dune.weights.config.GenerationConfig;
import dune.weights.safetensors.SafetensorsWriter;
import dune.weights.tensor.DType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CheckpointTest {
  @TempDir Path folder;

  private Path write(String file, DType... types) {
    var tensors = new ArrayList<SafetensorsWriter.Tensor>();
    for (DType type : types) {
      var bytes = MemorySegment.ofArray(new byte[type.bits()]);
      var content = SafetensorsWriter.Content.of(bytes);
      tensors.add(new SafetensorsWriter.Tensor("t" + tensors.size(), type, List.of(8L), content));
    }
    Path path = folder.resolve(file);
    SafetensorsWriter.write(path, Map.of(), tensors);
    return path;
  }

  @Test
  void aFolderInHuggingFacesLayout() {
    var checkpoint = Checkpoint.open(SharedData.require("models/stories260K"));
    assertThat(checkpoint.architecture()).isEqualTo("LlamaForCausalLM");
    assertThat(checkpoint.floatType()).isEqualTo(Elem.F32);
    assertThat(checkpoint.tensors().all()).hasSize(47);
    assertThat(checkpoint.tokenizer()).isPresent();
    assertThat(checkpoint.generation())
        .isEqualTo(new GenerationConfig(OptionalLong.of(1), List.of(2L)));
  }

  @Test
  void aFileAloneHasNoSettings() {
    var checkpoint =
        Checkpoint.open(write("adapter.safetensors", DType.BF16, DType.BF16, DType.F32));
    assertThat(checkpoint.floatType()).isEqualTo(Elem.BF16);
    assertThat(checkpoint.hasConfig()).isFalse();
    assertThat(checkpoint.generation().eos()).isEmpty();
    assertThat(checkpoint.folder()).isEqualTo(folder);
    assertThatThrownBy(checkpoint::config)
        .isInstanceOf(EnvironmentFailure.class)
        .hasMessage(
            folder + " has no config.json, which says how large the model is; copy it there");
  }

  @Test
  void theOnlyFileIsTakenAndTheUsualNameWins() {
    write("weights.safetensors", DType.F16);
    assertThat(Checkpoint.open(folder).floatType()).isEqualTo(Elem.F16);
    write("model.safetensors", DType.F64);
    assertThat(Checkpoint.open(folder).floatType()).isEqualTo(Elem.F64);
  }

  @Test
  void anIndexIsFollowed() throws IOException {
    write("a-1.safetensors", DType.F16);
    Path index =
        Files.writeString(
            folder.resolve("model.safetensors.index.json"),
            "{\"weight_map\": {\"t0\": \"a-1.safetensors\"}}");
    assertThat(Checkpoint.open(folder).tensors().all()).containsOnlyKeys("t0");
    assertThat(Checkpoint.open(index).tensors().all()).containsOnlyKeys("t0");
  }

  @Test
  void severalFilesAreAskedAbout() {
    write("a.safetensors", DType.F16);
    write("b.safetensors", DType.F16);
    assertThatThrownBy(() -> Checkpoint.open(folder))
        .isInstanceOf(InputFailure.class)
        .hasMessageEndingWith("name one of them: a.safetensors, b.safetensors");
  }

  @Test
  void whatIsMissingIsNamedWithWhatToDo() throws IOException {
    assertThatThrownBy(() -> Checkpoint.open(folder.resolve("absent")))
        .isInstanceOf(EnvironmentFailure.class)
        .hasMessageContaining("no such file or folder; check the path");
    assertThatThrownBy(() -> Checkpoint.open(folder))
        .isInstanceOf(EnvironmentFailure.class)
        .hasMessage(folder + " holds no weights; download model.safetensors there");
    Path other = Files.createFile(folder.resolve("model.gguf"));
    assertThatThrownBy(() -> Checkpoint.open(folder))
        .isInstanceOf(EnvironmentFailure.class)
        .hasMessageContaining("dune does not read `model.gguf`; download model.safetensors");
    assertThatThrownBy(() -> Checkpoint.open(other))
        .isInstanceOf(InputFailure.class)
        .hasMessageContaining("its name is not that of weights; dune reads .safetensors");
  }

  @Test
  void safetensorsWinOverPickles() throws IOException {
    copy("pickle/ckpt_nested.bin", "pytorch_model.bin");
    assertThat(Checkpoint.open(folder).tensors().all()).containsOnlyKeys("w");
    write("golden.safetensors", DType.F16);
    write("adapter.safetensors", DType.F16);
    assertThat(Checkpoint.open(folder).tensors().all()).containsOnlyKeys("w");
    write("model.safetensors", DType.F16);
    assertThat(Checkpoint.open(folder).tensors().all()).containsOnlyKeys("t0");
  }

  @Test
  void theOnlyPickleIsTakenWhateverTrainingLeftBesideIt() throws IOException {
    for (String other : List.of("optimizer.pt", "training_args.bin", "rng_state_0.pth")) {
      Files.createFile(folder.resolve(other));
    }
    Path file = copy("pickle/ckpt_nested.bin", "step-100.ckpt");
    assertThat(Checkpoint.open(folder).tensors().all()).containsOnlyKeys("w");
    assertThat(Checkpoint.open(file).tensors().all()).containsOnlyKeys("w");
  }

  @Test
  void anIndexOfPicklesIsFollowed() throws IOException {
    copy("pickle/ckpt_nested.bin", "pytorch_model-00001-of-00002.bin");
    copy("pickle/views.legacy.bin", "pytorch_model-00002-of-00002.bin");
    Files.writeString(
        folder.resolve("pytorch_model.bin.index.json"),
        """
        {"weight_map": {"w": "pytorch_model-00001-of-00002.bin",
        "plain": "pytorch_model-00002-of-00002.bin"}}
        """);
    assertThat(Checkpoint.open(folder).tensors().all()).containsKeys("w", "plain");
    Files.writeString(
        folder.resolve("pytorch_model.bin.index.json"),
        "{\"weight_map\": {\"w\": \"pytorch_model-00002-of-00002.bin\"}}");
    assertThatThrownBy(() -> Checkpoint.open(folder))
        .isInstanceOf(InputFailure.class)
        .hasMessageContaining("`w` should be in `pytorch_model-00002-of-00002.bin` and is not");
  }

  @Test
  void allPartsAreEnoughWithoutAnIndex() throws IOException {
    write("model-00001-of-00002.safetensors", DType.F16);
    assertThatThrownBy(() -> Checkpoint.open(folder))
        .isInstanceOf(EnvironmentFailure.class)
        .hasMessage(
            folder.resolve("model-00002-of-00002.safetensors")
                + " is missing, and other parts of the same weights are there; download it too");
    SafetensorsWriter.write(
        folder.resolve("model-00002-of-00002.safetensors"),
        Map.of(),
        List.of(
            new SafetensorsWriter.Tensor(
                "other",
                DType.U8,
                List.of(0L),
                SafetensorsWriter.Content.of(MemorySegment.ofArray(new byte[0])))));
    assertThat(Checkpoint.open(folder).tensors().all()).containsOnlyKeys("t0", "other");
  }

  private Path copy(String golden, String name) throws IOException {
    return Files.copy(Resources.golden(golden), folder.resolve(name));
  }

  @Test
  void aConfigThatNamesNoArchitectureSaysWhatToDo() throws IOException {
    write("model.safetensors", DType.F32);
    Files.writeString(folder.resolve("config.json"), "{\"architectures\": []}");
    assertThatThrownBy(() -> Checkpoint.open(folder).architecture())
        .isInstanceOf(InputFailure.class)
        .hasMessageContaining("name the `.dune` file");
    Files.writeString(folder.resolve("config.json"), "{\"architectures\": \n[}");
    assertThatThrownBy(() -> Checkpoint.open(folder))
        .isInstanceOf(InputFailure.class)
        .hasMessageContaining("config.json:2:2: ");
  }
}
