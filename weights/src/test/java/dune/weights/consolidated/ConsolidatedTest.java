package dune.weights.consolidated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dune.ir.checkpoint.Json;
import dune.weights.Elements;
import dune.weights.EnvironmentFailure;
import dune.weights.InputFailure;
import dune.weights.bind.WeightLoading;
import dune.weights.checkpoint.Checkpoint;
import dune.weights.layout.Strided;
import dune.weights.layout.StridedCopy;
import dune.weights.safetensors.SafetensorsFile;
import dune.weights.safetensors.SafetensorsWriter;
import dune.weights.tensor.DType;
import dune.weights.tensor.Source;
import dune.weights.tensor.Tensors;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ConsolidatedTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({"1, 0", "2, 0", "2, 1"})
  void tensorsAreThoseOfTheOtherLayout(int machines, int embeddingAxis) throws IOException {
    new NativeFolder(folder).write(machines, embeddingAxis);
    var expected = SafetensorsFile.read(NativeFolder.GOLDEN).tensors();
    var actual = Checkpoint.open(folder).tensors();
    assertThat(Elements.of(actual)).containsExactlyInAnyOrderEntriesOf(Elements.of(expected));
    // The loader of models has its own way to bring elements into order.
    for (var tensor : expected.all().values()) {
      assertThat(WeightLoading.bytes(actual, tensor.info()))
          .as(tensor.info().name())
          .isEqualTo(Elements.of(tensor));
    }
  }

  @Test
  void whatNeedsNoChangeIsUsedWhereItLies() throws IOException {
    new NativeFolder(folder).write(1, 0);
    var tensors = Checkpoint.open(folder).tensors();
    assertThat(layout(tensors, "model.layers.0.self_attn.v_proj.weight").isContiguous()).isTrue();
    assertThat(layout(tensors, "model.layers.0.self_attn.q_proj.weight").isContiguous()).isFalse();
  }

  private static Strided layout(Tensors tensors, String name) {
    return ((Source.Region) tensors.find(name).orElseThrow().source()).layout();
  }

  @Test
  void theSettingsAreThoseOfTheOtherLayout() throws IOException {
    new NativeFolder(folder).write(2, 1);
    var checkpoint = Checkpoint.open(folder);
    var config = checkpoint.config();
    assertThat(checkpoint.architecture()).isEqualTo("LlamaForCausalLM");
    assertThat(whole(checkpoint, "vocab_size")).isEqualTo(96);
    assertThat(whole(checkpoint, "hidden_size")).isEqualTo(48);
    assertThat(whole(checkpoint, "intermediate_size")).isEqualTo(80);
    assertThat(whole(checkpoint, "num_hidden_layers")).isEqualTo(3);
    assertThat(whole(checkpoint, "num_attention_heads")).isEqualTo(4);
    assertThat(whole(checkpoint, "num_key_value_heads")).isEqualTo(2);
    assertThat(whole(checkpoint, "head_dim")).isEqualTo(12);
    assertThat(config.get("rms_norm_eps").value()).isEqualTo(new Json.Real(1e-5));
    assertThat(config.get("rope_theta").value()).isEqualTo(new Json.Real(1e4));
    assertThat(config.get("tie_word_embeddings").value()).isEqualTo(new Json.Bool(false));
    assertThat(checkpoint.generation().eos()).containsExactly(2L);
    assertThat(Checkpoint.generation(folder)).isEqualTo(checkpoint.generation());
  }

  private static long whole(Checkpoint checkpoint, String key) {
    return ((Json.Whole) checkpoint.config().get(key).value()).value();
  }

  private void params(String json) throws IOException {
    Files.writeString(folder.resolve("params.json"), json);
  }

  @Test
  void newerReleasesStretchTheirPositions() throws IOException {
    new NativeFolder(folder).write(1, 0);
    params(NativeFolder.PARAMS.replace("}", ", \"use_scaled_rope\": true, \"rope_theta\": 5e5}"));
    var config = Checkpoint.open(folder).config();
    assertThat(config.get("rope_theta").value()).isEqualTo(new Json.Real(5e5));
    var scaling = config.get("rope_scaling");
    assertThat(scaling.get("rope_type").value()).isEqualTo(new Json.Text("llama3"));
    assertThat(scaling.get("factor").value()).isEqualTo(new Json.Real(32));
  }

  @Test
  void mistralSaysItsWidthAndWindow() throws IOException {
    new NativeFolder(folder).write(1, 0);
    params(
        """
        {"dim": 48, "n_layers": 3, "head_dim": 12, "hidden_dim": 80, "n_heads": 4,
         "n_kv_heads": 2, "norm_eps": 1e-05, "sliding_window": "16", "vocab_size": 96}
        """);
    var checkpoint = Checkpoint.open(folder);
    assertThat(checkpoint.architecture()).isEqualTo("MistralForCausalLM");
    assertThat(whole(checkpoint, "sliding_window")).isEqualTo(16);
  }

  @Test
  void aConfigOfItsOwnSaysMore() throws IOException {
    new NativeFolder(folder).write(1, 0);
    Files.writeString(folder.resolve("config.json"), "{\"architectures\": [\"Mine\"]}");
    assertThat(Checkpoint.open(folder).architecture()).isEqualTo("Mine");
  }

  /// Two experts of three rows, one below the other, as Mixtral was published first.
  @Test
  void expertsBelowEachOtherAreTakenApart() throws IOException {
    var values = new byte[6 * 4];
    for (int i = 0; i < values.length; i++) values[i] = (byte) i;
    var tensors = new ArrayList<SafetensorsWriter.Tensor>();
    for (String name : List.of("w1", "w2", "w3")) {
      tensors.add(bytes("layers.0.block_sparse_moe." + name, values, 6, 4));
    }
    tensors.add(bytes("layers.0.attention.wq.weight", new byte[16], 4, 4));
    tensors.add(bytes("layers.0.attention.wk.weight", new byte[16], 4, 4));
    tensors.add(bytes("tok_embeddings.weight", new byte[20], 5, 4));
    SafetensorsWriter.write(folder.resolve("consolidated.00.safetensors"), Map.of(), tensors);
    params(
        """
        {"hidden_size": 4, "num_hidden_layers": 1, "num_attention_heads": 2,
         "num_local_experts": 2, "num_experts_per_tok": 2, "rms_norm_eps": 1e-05}
        """);
    var checkpoint = Checkpoint.open(folder);
    assertThat(checkpoint.architecture()).isEqualTo("MixtralForCausalLM");
    var experts = "model.layers.0.block_sparse_moe.experts.";
    var up = checkpoint.tensors().find(experts + "1.w1.weight").orElseThrow();
    assertThat(up.info().shape()).containsExactly(3L, 4L);
    assertThat(Elements.of(up)).containsExactly(12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23);
    var down = checkpoint.tensors().find(experts + "1.w2.weight").orElseThrow();
    assertThat(down.info().shape()).containsExactly(4L, 3L);
    assertThat(Elements.of(down)).containsExactly(12, 16, 20, 13, 17, 21, 14, 18, 22, 15, 19, 23);
    assertThat(whole(checkpoint, "intermediate_size")).isEqualTo(3);
  }

  private static SafetensorsWriter.Tensor bytes(String name, byte[] values, long... shape) {
    var content = SafetensorsWriter.Content.of(MemorySegment.ofArray(values));
    return new SafetensorsWriter.Tensor(
        name, DType.U8, Arrays.stream(shape).boxed().toList(), content);
  }

  // What can be wrong.

  private void refused(String message) {
    assertThatThrownBy(() -> Checkpoint.open(folder))
        .isInstanceOf(InputFailure.class)
        .hasMessageContaining(message);
  }

  @Test
  void parametersAreNeeded() throws IOException {
    new NativeFolder(folder).write(1, 0);
    Files.delete(folder.resolve("params.json"));
    assertThatThrownBy(() -> Checkpoint.open(folder))
        .isInstanceOf(EnvironmentFailure.class)
        .hasMessageContaining("and no params.json, which says how they are to be read");
  }

  @Test
  void whatTheParametersSayMustFit() throws IOException {
    new NativeFolder(folder).write(1, 0);
    params(NativeFolder.PARAMS.replace("\"n_heads\": 4", "\"n_heads\": 7"));
    refused("it says 7 heads, which do not fit `layers.0.attention.wq.weight` of shape [48, 48]");
    params(NativeFolder.PARAMS.replace("\"n_heads\": 4, ", ""));
    refused("it has no `n_heads` and no `num_attention_heads`");
    params(NativeFolder.PARAMS.replace("\"n_heads\": 4", "\"n_heads\": \"four\""));
    refused("params.json:1:39: `n_heads` is a text, and should be a whole number above 0");
    params(NativeFolder.PARAMS.replace("}", ", \"vision_encoder\": {}}"));
    refused("`vision_encoder` is not a setting that dune knows in this layout");
    params("[]");
    refused("it is not an object of parameters");
  }

  @Test
  void allPartsAreNeeded() throws IOException {
    new NativeFolder(folder).write(2, 0);
    Path second = folder.resolve("consolidated.01.safetensors");
    assertThatThrownBy(() -> Checkpoint.open(second))
        .isInstanceOf(InputFailure.class)
        .hasMessageContaining("it holds a part of each tensor, and others lie beside it");
    SafetensorsWriter.write(
        second, Map.of(), List.of(bytes("tok_embeddings.weight", new byte[4], 4, 1)));
    refused("which does not go with its other parts");
  }

  @Test
  void piecesOfLargeTensorsAreCutAnywhere() {
    var bytes = MemorySegment.ofArray(new byte[24]);
    for (int i = 0; i < 24; i++) bytes.set(ValueLayout.JAVA_BYTE, i, (byte) i);
    var layout = Strided.of(List.of(2L, 3L, 4L)).transposed();
    for (int most = 1; most < 30; most++) {
      var order = new ArrayList<Long>();
      for (var piece : layout.pieces(most)) {
        assertThat(piece.count()).isBetween(1L, (long) most);
        var part = MemorySegment.ofArray(new byte[(int) piece.count()]);
        StridedCopy.copy(bytes, piece, part, 1);
        for (byte value : part.toArray(ValueLayout.JAVA_BYTE)) order.add((long) value);
      }
      assertThat(order).startsWith(0L, 4L, 8L, 1L, 5L).endsWith(19L, 23L).hasSize(24);
    }
  }
}
