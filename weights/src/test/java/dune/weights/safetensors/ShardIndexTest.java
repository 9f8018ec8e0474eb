package dune.weights.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dune.weights.EnvironmentFailure;
import dune.weights.InputFailure;
import dune.weights.tensor.DType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ShardIndexTest {
  @TempDir Path folder;

  private void shard(String file, String... names) {
    var tensors =
        java.util.Arrays.stream(names)
            .map(
                name ->
                    new SafetensorsWriter.Tensor(
                        name,
                        DType.U8,
                        List.of(1L),
                        SafetensorsWriter.Content.of(MemorySegment.ofArray(new byte[1]))))
            .toList();
    SafetensorsWriter.write(folder.resolve(file), Map.of(), tensors);
  }

  private Path index(String weightMap) throws IOException {
    return Files.writeString(
        folder.resolve("model.safetensors.index.json"),
        "{\"metadata\": {\"total_size\": 2},\n \"weight_map\": {" + weightMap + "}}");
  }

  @Test
  void tensorsOfAllShardsAreFound() throws IOException {
    shard("m-00001-of-00002.safetensors", "a", "b");
    shard("m-00002-of-00002.safetensors", "c");
    var tensors =
        ShardIndex.read(
            index(
                "\"a\": \"m-00001-of-00002.safetensors\", \"c\": \"m-00002-of-00002.safetensors\","
                    + "\"b\": \"m-00001-of-00002.safetensors\""));
    assertThat(tensors.all()).containsOnlyKeys("a", "b", "c");
    assertThat(tensors.files()).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../secret.safetensors",
        "/etc/secret.safetensors",
        "a/b.safetensors",
        "a\\\\b.safetensors",
        "C:x.safetensors",
        "..",
        ".safetensors",
        "",
        "x\\u0000.safetensors",
        "model.bin"
      })
  void namesThatLeadElsewhereAreRefused(String name) throws IOException {
    Path index = index("\"a\": \"" + name + "\"");
    assertThatThrownBy(() -> ShardIndex.read(index))
        .isInstanceOf(InputFailure.class)
        .hasMessageStartingWith(index + ":2:")
        .hasMessageContaining("is not the name of a .safetensors file in the same folder");
  }

  @Test
  void aMissingShardIsToBeDownloaded() throws IOException {
    Path index = index("\"a\": \"m-1.safetensors\"");
    assertThatThrownBy(() -> ShardIndex.read(index))
        .isInstanceOf(EnvironmentFailure.class)
        .hasMessageContainingAll("m-1.safetensors is missing", "download it too");
  }

  @Test
  void filesOfTwoCheckpointsAreNoticed() throws IOException {
    shard("m-1.safetensors", "a");
    shard("m-2.safetensors", "a", "b");
    Path both = index("\"a\": \"m-1.safetensors\", \"b\": \"m-2.safetensors\"");
    assertThatThrownBy(() -> ShardIndex.read(both))
        .isInstanceOf(InputFailure.class)
        .hasMessageContaining("two checkpoints");
    Path absent = index("\"x\": \"m-1.safetensors\"");
    assertThatThrownBy(() -> ShardIndex.read(absent))
        .isInstanceOf(InputFailure.class)
        .hasMessageContaining("`x` should be in `m-1.safetensors` and is not");
  }

  @Test
  void otherJsonIsNoIndex() throws IOException {
    Path other = Files.writeString(folder.resolve("other.json"), "{\"weight_map\": 3}");
    assertThatThrownBy(() -> ShardIndex.read(other))
        .isInstanceOf(InputFailure.class)
        .hasMessageContaining("no `weight_map`");
    Path number = index("\"a\": 3");
    assertThatThrownBy(() -> ShardIndex.read(number))
        .isInstanceOf(InputFailure.class)
        .hasMessageContaining("is not a text");
  }
}
