package dune.runtime.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dune.backend.torch.run.DeviceRequest;
import dune.passes.Optimization;
import dune.runtime.compile.Compilation;
import dune.runtime.compile.CompileOptions;
import dune.runtime.compile.Compiled;
import dune.runtime.compile.ModelCompiler;
import dune.runtime.library.ModelFile;
import dune.runtime.model.ModelLoader;
import dune.runtime.model.TorchModel;
import dune.weights.checkpoint.Checkpoint;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// The architectures that come with dune, against logits and greedy texts that Hugging Face's
/// implementations gave.
@Tag("torch")
final class GoldenTest {
  private static final Path FOLDER = Path.of("src/test/resources/golden");

  private static final List<String> NAMES =
      List.of("gpt2", "llama", "llama31", "mistral", "mixtral", "phi3", "qwen2");

  static Stream<Arguments> namesAndLevels() {
    return NAMES.stream()
        .flatMap(name -> Stream.of(Optimization.values()).map(level -> Arguments.of(name, level)));
  }

  @ParameterizedTest
  @MethodSource("namesAndLevels")
  void agrees(String name, Optimization level) {
    Path folder = FOLDER.resolve(name);
    Checkpoint checkpoint = Checkpoint.open(folder);
    ModelFile file = ModelFile.forArchitecture(checkpoint.architecture(), folder);
    // Chunks shorter than the prompt, and a window shorter than the text.
    Compilation compilation =
        ModelCompiler.compile(
            file, checkpoint, CompileOptions.DEFAULTS.withChunk(4).withOptimization(level));
    assertThat(compilation).isInstanceOf(Compilation.Done.class);
    Compiled compiled = ((Compilation.Done) compilation).compiled();
    assertThat(compiled.reasons()).isEmpty();
    try (var model =
        ModelLoader.load(compiled, checkpoint, DeviceRequest.CPU, TorchModel.Mode.CACHED)) {
      Golden golden = Golden.read(folder.resolve("golden.safetensors"));
      Findings findings = new Verification(golden, 1e-4).run(model);
      assertThat(findings.logits()).hasSize(2).allMatch(one -> one.relative() < 1e-4);
      assertThat(findings.texts()).hasSize(2).allMatch(one -> one.diverging().isEmpty());
      assertThat(findings.agrees()).isTrue();
    }
  }
}
