package dune.weights.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dune.weights.tensor.DType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ShardWriterTest {
  @TempDir Path folder;

  /// Tensors of 40 bytes.
  private static List<SafetensorsWriter.Tensor> tensors(int count) {
    return IntStream.range(0, count)
        .mapToObj(
            i -> {
              var bytes = new byte[40];
              java.util.Arrays.fill(bytes, (byte) i);
              var content = SafetensorsWriter.Content.of(MemorySegment.ofArray(bytes));
              return new SafetensorsWriter.Tensor("t" + i, DType.F32, List.of(10L), content);
            })
        .toList();
  }

  @Test
  void whatFitsIsOneFile() {
    ShardWriter.write(folder, tensors(3), 120);
    assertThat(folder.toFile().list()).containsExactly("model.safetensors");
    assertThat(SafetensorsFile.read(folder.resolve("model.safetensors")).tensors().all())
        .hasSize(3);
  }

  @Test
  void whatDoesNotFitIsCutBetweenTensors() throws IOException {
    ShardWriter.write(folder, tensors(5), 100);
    Path index = folder.resolve("model.safetensors.index.json");
    var read = ShardIndex.read(index);
    assertThat(read.files().stream().map(file -> file.path().getFileName().toString()))
        .containsExactly(
            "model-00001-of-00003.safetensors",
            "model-00002-of-00003.safetensors",
            "model-00003-of-00003.safetensors");
    assertThat(read.all().keySet()).containsExactly("t0", "t1", "t2", "t3", "t4");
    assertThat(SafetensorsFile.read(read.files().get(2).path()).tensors().all().keySet())
        .containsExactly("t4");
    assertThat(Files.readString(index)).contains("\"total_size\" : 200");
  }

  @Test
  void aTensorLargerThanTheLimitStandsAlone() {
    ShardWriter.write(folder, tensors(3), 1);
    var read = ShardIndex.read(folder.resolve("model.safetensors.index.json"));
    assertThat(read.files()).hasSize(3);
  }

  @Test
  void nothingIsACheckpointToo() {
    ShardWriter.write(folder, List.of(), 100);
    assertThat(SafetensorsFile.read(folder.resolve("model.safetensors")).tensors().all()).isEmpty();
    assertThatThrownBy(() -> ShardWriter.write(folder, List.of(), 0)).hasMessageContaining("0");
  }
}
