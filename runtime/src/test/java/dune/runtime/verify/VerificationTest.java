package dune.runtime.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dune.backend.torch.run.DeviceRequest;
import dune.runtime.compile.Compilation;
import dune.runtime.compile.CompileOptions;
import dune.runtime.compile.ModelCompiler;
import dune.runtime.library.ModelFile;
import dune.runtime.model.ModelLoader;
import dune.runtime.model.TorchModel;
import dune.runtime.model.TorchModel.Mode;
import dune.weights.InputFailure;
import dune.weights.checkpoint.Checkpoint;
import dune.weights.safetensors.SafetensorsWriter;
import dune.weights.safetensors.SafetensorsWriter.Content;
import dune.weights.safetensors.SafetensorsWriter.Tensor;
import dune.weights.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// That differences are found, and references that cannot be compared are refused.
final class VerificationTest {
  private static final Path FOLDER = Path.of("src/test/resources/golden/llama");
  private static final Golden TRUE = Golden.read(FOLDER.resolve("golden.safetensors"));

  @TempDir private Path folder;

  private static TorchModel model(CompileOptions options) {
    Checkpoint checkpoint = Checkpoint.open(FOLDER);
    ModelFile file = ModelFile.forArchitecture(checkpoint.architecture(), FOLDER);
    var done = (Compilation.Done) ModelCompiler.compile(file, checkpoint, options);
    return ModelLoader.load(done.compiled(), checkpoint, DeviceRequest.CPU, Mode.CACHED);
  }

  private static Golden changed(float[] logits, Optional<Golden.Continuation> text) {
    return new Golden(TRUE.tokens(), TRUE.rows(), TRUE.steps(), logits, text);
  }

  @Tag("torch")
  @Test
  void theFirstAndTheLargestDifferenceAreNamed() {
    float[] logits = TRUE.logits().clone();
    int vocabulary = logits.length / TRUE.rows() / TRUE.steps();
    int first = (3 * vocabulary) + 5;
    int worst = ((TRUE.steps() + 2) * vocabulary) + 7;
    logits[first] += 1;
    logits[worst] = Float.NaN;
    try (TorchModel model = model(CompileOptions.DEFAULTS)) {
      Findings findings = new Verification(changed(logits, Optional.empty()), 1e-3).run(model);
      assertThat(findings.agrees()).isFalse();
      assertThat(findings.texts()).isEmpty();
      assertThat(findings.logits())
          .extracting(Findings.Comparison::way)
          .containsExactly(Mode.RECOMPUTED, Mode.CACHED);
      for (Findings.Comparison one : findings.logits()) {
        Findings.Place place = one.diverging().orElseThrow();
        assertThat(List.of(place.row(), place.step(), place.token())).containsExactly(0, 3, 5);
        assertThat(place.theirs() - place.ours()).isBetween(0.999, 1.001);
        Findings.Place largest = one.worst();
        assertThat(List.of(largest.row(), largest.step(), largest.token()))
            .containsExactly(1, 2, 7);
        assertThat(one.difference()).isInfinite();
      }
    }
  }

  @Tag("torch")
  @Test
  void anotherTextDiverges() {
    Golden.Continuation text = TRUE.continuation().orElseThrow();
    int[] greedy = text.greedy().clone();
    greedy[4] = (greedy[4] + 1) % 96;
    var other = Optional.of(new Golden.Continuation(text.prompt(), greedy));
    try (TorchModel model = model(CompileOptions.DEFAULTS)) {
      Findings findings = new Verification(changed(TRUE.logits(), other), 1e-4).run(model);
      assertThat(findings.texts())
          .hasSize(2)
          .allMatch(one -> one.diverging().equals(Optional.of(4)));
      assertThat(findings.agrees()).isFalse();
    }
  }

  @Tag("torch")
  @Test
  void whatCannotBeComparedIsRefused() {
    float[] few = Arrays.copyOf(TRUE.logits(), TRUE.rows() * TRUE.steps() * 3);
    try (TorchModel model = model(CompileOptions.DEFAULTS);
        TorchModel small = model(CompileOptions.DEFAULTS.withContext(23))) {
      refused(model, changed(few, Optional.empty()), "a vocabulary of 96, the reference one of 3");
      refused(small, TRUE, "`prompt` and `greedy` have 29 tokens, and the context holds 23");
      refused(
          small, changed(TRUE.logits(), Optional.empty()), "24 tokens, and the context holds 23");
      long[] strange = TRUE.tokens().clone();
      strange[1] = 96;
      refused(
          model,
          new Golden(strange, TRUE.rows(), TRUE.steps(), TRUE.logits(), Optional.empty()),
          "token 96 is outside of the model's vocabulary of 96");
    }
  }

  private static void refused(TorchModel model, Golden golden, String message) {
    assertThatThrownBy(() -> new Verification(golden, 1e-4).run(model))
        .isInstanceOf(InputFailure.class)
        .hasMessageContaining(message);
  }

  @Tag("torch")
  @Test
  void sequencesEndWhenAnotherBegins() {
    try (TorchModel model = model(CompileOptions.DEFAULTS.withChunk(3))) {
      var one = model.begin();
      float[] whole = one.append(1, 2, 3, 4, 5, 6, 7).clone();
      var other = model.begin();
      other.append(1, 2, 3, 4);
      assertThat(other.length()).isEqualTo(4);
      float[] pieces = other.append(5, 6, 7);
      for (int i = 0; i < whole.length; i++) {
        assertThat(Math.abs(whole[i] - pieces[i])).isLessThan(1e-4f);
      }
      assertThatThrownBy(() -> one.append(8)).isInstanceOf(IllegalStateException.class);
    }
  }

  // Files.

  private Path write(Tensor... tensors) {
    Path file = folder.resolve("golden.safetensors");
    SafetensorsWriter.write(file, Map.of(), List.of(tensors));
    return file;
  }

  private static Tensor tensor(String name, DType type, byte[] bytes, Long... shape) {
    return new Tensor(name, type, List.of(shape), Content.of(MemorySegment.ofArray(bytes)));
  }

  private static final Tensor IDS =
      tensor("input_ids", DType.I32, new byte[] {1, 0, 0, 0, 2, 0, 0, 0}, 1L, 2L);

  @Test
  void otherNumbersAreConverted() {
    // 1.0 and -2.0 in bf16.
    byte[] logits = {(byte) 0x80, 0x3f, 0x00, (byte) 0xc0};
    Golden golden = Golden.read(write(IDS, tensor("bf16", DType.BF16, logits, 1L, 2L, 1L)), "bf16");
    assertThat(golden.tokens()).containsExactly(1, 2);
    assertThat(golden.logits()).containsExactly(1f, -2f);
    assertThat(golden.continuation()).isEmpty();
  }

  @Test
  void referencesThatDoNotFitAreRefused() {
    Tensor logits = tensor("logits", DType.F32, new byte[8], 1L, 2L, 1L);
    unreadable("it has no tensor `input_ids`; it has logits", logits);
    unreadable("it has no tensor `logits`; it has input_ids", IDS);
    Tensor[] many =
        IntStream.range(0, 10)
            .mapToObj(i -> tensor("w" + i, DType.F32, new byte[4], 1L))
            .toArray(Tensor[]::new);
    unreadable("it has w0, w1, w2, w3, w4, w5, w6, w7 and 2 more", many);
    unreadable(
        "`input_ids` is F32[1, 2], and should be I32 or I64 with 2 axes",
        tensor("input_ids", DType.F32, new byte[8], 1L, 2L),
        logits);
    unreadable(
        "`input_ids` is [1, 2], and `logits` is [2, 1, 1]",
        IDS,
        tensor("logits", DType.F32, new byte[8], 2L, 1L, 1L));
    unreadable(
        "`logits` is empty: [1, 2, 0]", IDS, tensor("logits", DType.F32, new byte[0], 1L, 2L, 0L));
    byte[] large = {0, 0, 0, 0, 0, 1, 0, 0};
    Tensor prompt = tensor("prompt", DType.I64, large, 1L, 1L);
    unreadable("prompt holds numbers that are no tokens", IDS, logits, prompt, greedy(1L, 1L));
    Tensor fine = tensor("prompt", DType.I64, new byte[8], 1L, 1L);
    unreadable("greedy is [2, 1], and should be one row", IDS, logits, fine, greedy(2L, 1L));
  }

  private static Tensor greedy(Long... shape) {
    return tensor("greedy", DType.I64, new byte[(int) (8 * shape[0] * shape[1])], shape);
  }

  private void unreadable(String message, Tensor... tensors) {
    Path file = write(tensors);
    assertThatThrownBy(() -> Golden.read(file))
        .isInstanceOf(InputFailure.class)
        .hasMessageContaining(message);
  }
}
