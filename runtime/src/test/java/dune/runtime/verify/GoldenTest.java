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
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The architectures that come with dune, against logits and greedy texts that Hugging Face's
/// implementations gave.
@Tag("torch")
final class GoldenTest {
  private static final Path FOLDER = Path.of("src/test/resources/golden");

  private static final List<String> NAMES =
      List.of("gpt2", "llama", "llama31", "mistral", "mixtral", "phi3", "qwen2");

  static List<String> names() {
    return NAMES;
  }

  @ParameterizedTest
  @MethodSource("names")
  void agreesAtEveryLevel(String name) {
    Path folder = FOLDER.resolve(name);
    Checkpoint checkpoint = Checkpoint.open(folder);
    Golden golden = Golden.read(folder.resolve("golden.safetensors"));
    Optional<Logits> written = Optional.empty();
    for (Optimization level : Optimization.values()) {
      Compiled compiled = compile(checkpoint, level);
      try (var model =
          ModelLoader.load(compiled, checkpoint, DeviceRequest.CPU, TorchModel.Mode.CACHED)) {
        Findings findings = new Verification(golden, 1e-4).run(model);
        assertThat(findings.logits())
            .as("%s", level)
            .hasSize(2)
            .allMatch(one -> one.relative() < 1e-4);
        assertThat(findings.texts())
            .as("%s", level)
            .hasSize(2)
            .allMatch(one -> one.diverging().isEmpty());
        assertThat(findings.agrees()).isTrue();
        Logits logits = Logits.of(model, golden);
        assertThat(logits.distanceFrom(written.orElse(logits)))
            .as("%s against -O0", level)
            .isLessThan(Logits.ROUNDING);
        written = written.or(() -> Optional.of(logits));
      }
    }
  }

  private static Compiled compile(Checkpoint checkpoint, Optimization level) {
    ModelFile file = ModelFile.forArchitecture(checkpoint.architecture(), checkpoint.folder());
    // Chunks shorter than the prompt, and a window shorter than the text.
    Compilation compilation =
        ModelCompiler.compile(
            file, checkpoint, CompileOptions.DEFAULTS.withChunk(4).withOptimization(level));
    assertThat(compilation).isInstanceOf(Compilation.Done.class);
    Compiled compiled = ((Compilation.Done) compilation).compiled();
    assertThat(compiled.reasons()).isEmpty();
    assertThat(compiled.elem()).isEqualTo(Elem.F32);
    return compiled;
  }
}
