package dune.runtime.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dune.backend.torch.run.DeviceRequest;
import dune.ir.Elem;
import dune.passes.Optimization;
import dune.runtime.compile.Compilation;
import dune.runtime.compile.CompileOptions;
import dune.runtime.compile.Compiled;
import dune.runtime.compile.ModelCompiler;
import dune.runtime.library.ModelFile;
import dune.runtime.model.ModelLoader;
import dune.runtime.model.TorchModel;
import dune.weights.checkpoint.Checkpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every construct that an architecture of ours uses, against logits and greedy texts that Hugging
/// Face's implementations gave: one tiny model for each architecture, or for each way to set it.
@Tag("torch")
final class ArchitecturesTest {
  private static final Path FOLDER = Path.of("src/test/resources/architectures");

  static Stream<String> folders() {
    try (var files = Files.list(FOLDER)) {
      return files
          .filter(Files::isDirectory)
          .map(file -> file.getFileName().toString())
          .sorted()
          .toList()
          .stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @MethodSource("folders")
  void agrees(String name) {
    Path folder = FOLDER.resolve(name);
    Checkpoint checkpoint = Checkpoint.open(folder);
    Golden golden = Golden.read(folder.resolve("golden.safetensors"));
    Logits fused;
    try (var model = load(checkpoint, Optimization.O2)) {
      Findings findings = new Verification(golden, 1e-4).run(model);
      assertThat(findings.logits()).hasSize(2).allMatch(one -> one.relative() < 1e-4);
      assertThat(findings.texts()).hasSize(2).allMatch(one -> one.diverging().isEmpty());
      fused = Logits.of(model, golden);
    }
    try (var model = load(checkpoint, Optimization.O0)) {
      assertThat(fused.distanceFrom(Logits.of(model, golden)))
          .as("-O2 against -O0")
          .isLessThan(Logits.ROUNDING);
    }
  }

  private static TorchModel load(Checkpoint checkpoint, Optimization level) {
    ModelFile file = ModelFile.forArchitecture(checkpoint.architecture(), checkpoint.folder());
    // Chunks shorter than the prompt and the windows.
    Compilation compilation =
        ModelCompiler.compile(
            file, checkpoint, CompileOptions.DEFAULTS.withChunk(4).withOptimization(level));
    assertThat(compilation).isInstanceOf(Compilation.Done.class);
    var done = (Compilation.Done) compilation;
    assertThat(done.diagnostics().list()).isEmpty();
    Compiled compiled = done.compiled();
    assertThat(compiled.reasons()).isEmpty();
    assertThat(compiled.elem()).isEqualTo(Elem.F32);
    return ModelLoader.load(compiled, checkpoint, DeviceRequest.CPU, TorchModel.Mode.CACHED);
  }
}
