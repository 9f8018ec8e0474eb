package dune.weights.pickle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dune.weights.Elements;
import dune.weights.InputFailure;
import dune.weights.Resources;
import dune.weights.safetensors.SafetensorsFile;
import dune.weights.tensor.Source;
import dune.weights.tensor.Tensors;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Files that PyTorch wrote.
final class GoldenPickleTest {
  private static Tensors read(String name) {
    return PickleFile.read(Resources.golden("pickle/" + name));
  }

  @ParameterizedTest
  @ValueSource(strings = {"views.bin", "views.legacy.bin", "views.proto4.bin"})
  void viewsHoldWhatPyTorchSees(String name) {
    var expected =
        Elements.of(
            SafetensorsFile.read(Resources.golden("pickle/views.expected.safetensors")).tensors());
    var actual = Elements.of(read(name));
    assertThat(expected).hasSizeGreaterThan(15);
    assertThat(actual.keySet()).containsExactlyInAnyOrderElementsOf(expected.keySet());
    expected.forEach((tensor, bytes) -> assertThat(actual.get(tensor)).as(tensor).isEqualTo(bytes));
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama.bin", "llama.legacy.bin"})
  void aModelHoldsTheSameNumbersAsItsSafetensors(String name) {
    var expected =
        Elements.of(SafetensorsFile.read(Resources.golden("llama.safetensors")).tensors());
    var actual = Elements.of(read(name));
    assertThat(actual.keySet()).containsExactlyInAnyOrderElementsOf(expected.keySet());
    expected.forEach((tensor, bytes) -> assertThat(actual.get(tensor)).as(tensor).isEqualTo(bytes));
  }

  /// The model of a training checkpoint, without the wrapper of `torch.compile`; the loss beside it
  /// is a tensor too.
  @Test
  void theModelOfATrainingCheckpointIsFound() {
    assertThat(read("ckpt_nested.bin").all()).containsOnlyKeys("w");
  }

  @Test
  void sharedStoragesAreShared() {
    var tensors = read("views.bin");
    var plain = (Source.Region) tensors.find("plain").orElseThrow().source();
    var transposed = (Source.Region) tensors.find("transposed").orElseThrow().source();
    assertThat(transposed.begin()).isEqualTo(plain.begin());
    assertThat(plain.layout().isContiguous()).isTrue();
    assertThat(transposed.layout().isContiguous()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"evil_system.bin, posix.system", "evil_eval.bin, __builtin__.eval"})
  void hostileFilesAreRefusedByWhatTheyAskFor(String name, String global) {
    Path traces = Path.of("/tmp/dune-pwned");
    boolean before = Files.exists(traces);
    assertThatThrownBy(() -> read(name))
        .isInstanceOf(InputFailure.class)
        .hasMessageContaining(name + ": it asks for `" + global + "`")
        .hasMessageContaining("nothing of it was executed");
    assertThat(Files.exists(traces)).isEqualTo(before);
  }
}
