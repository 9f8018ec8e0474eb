package dune.runtime.verify;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dune.backend.torch.run.DeviceRequest;
import dune.runtime.compile.Compilation;
import dune.runtime.compile.CompileOptions;
import dune.runtime.compile.ModelCompiler;
import dune.runtime.library.ModelFile;
import dune.runtime.model.ModelLoader;
import dune.runtime.model.TorchModel;
import dune.weights.checkpoint.Checkpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Every kind of rotary positions, in every spelling of `config.json`, against what Hugging Face's
/// implementations gave for tiny models.
@Tag("torch")
final class RotationsTest {
  private static final Path FOLDER = Path.of("src/test/resources/rope");
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path temporary;

  /// How a `config.json` tells the rotation.
  enum Spelling {
    /// `rope_parameters`, as transformers 5 writes it.
    PARAMETERS,
    /// `rope_theta` and `rope_scaling`, as transformers 4 did.
    SCALING,
    /// The same with `type` instead of `rope_type`, as the files of 2023 and 2024 have it.
    TYPE
  }

  /// @param context the most tokens of a sequence
  /// @param cached whether no sequence outgrows the rotation
  private record Kind(String name, int context, boolean cached) {}

  private static final List<Kind> KINDS =
      List.of(
          new Kind("linear", 64, true),
          new Kind("llama3", 64, true),
          new Kind("dynamic", 64, false),
          new Kind("yarn", 64, true),
          new Kind("yarn_options", 64, true),
          new Kind("longrope_short", 32, true),
          new Kind("longrope_short", 64, false),
          new Kind("longrope_long", 64, false),
          new Kind("partial", 32, true));

  static Stream<Arguments> cases() {
    return KINDS.stream()
        .flatMap(kind -> Stream.of(Spelling.values()).map(one -> Arguments.of(kind, one)));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void agrees(Kind kind, Spelling spelling) throws IOException {
    Checkpoint checkpoint = Checkpoint.open(folder(kind.name(), spelling));
    ModelFile file = ModelFile.forArchitecture(checkpoint.architecture(), checkpoint.folder());
    var options = CompileOptions.DEFAULTS.withChunk(4).withContext(kind.context());
    Compilation compilation = ModelCompiler.compile(file, checkpoint, options);
    assertThat(compilation).isInstanceOf(Compilation.Done.class);
    var compiled = ((Compilation.Done) compilation).compiled();
    assertThat(compiled.reasons().isEmpty()).isEqualTo(kind.cached());
    try (var model =
        ModelLoader.load(compiled, checkpoint, DeviceRequest.CPU, TorchModel.Mode.CACHED)) {
      Golden golden = Golden.read(FOLDER.resolve(kind.name()).resolve("golden.safetensors"));
      Findings findings = new Verification(golden, 1e-4).run(model);
      assertThat(findings.logits())
          .hasSize(kind.cached() ? 2 : 1)
          .allMatch(one -> one.relative() < 1e-4);
      assertThat(findings.texts()).allMatch(one -> one.diverging().isEmpty());
    }
  }

  /// A copy of the folder with its `config.json` in another spelling.
  private Path folder(String name, Spelling spelling) throws IOException {
    Path from = FOLDER.resolve(name);
    Files.copy(from.resolve("model.safetensors"), temporary.resolve("model.safetensors"));
    var config = (ObjectNode) JSON.readTree(from.resolve("config.json").toFile());
    var parameters = (ObjectNode) config.get("rope_parameters");
    if (spelling != Spelling.PARAMETERS) {
      config.remove("rope_parameters");
      config.set("rope_theta", parameters.remove("rope_theta"));
      if (parameters.has("short_factor")) {
        // Phi-3 has these at the top.
        config.set(
            "original_max_position_embeddings",
            parameters.remove("original_max_position_embeddings"));
        config.set("partial_rotary_factor", parameters.remove("partial_rotary_factor"));
      }
      if (spelling == Spelling.TYPE) parameters.set("type", parameters.remove("rope_type"));
      config.set("rope_scaling", parameters);
    }
    JSON.writeValue(temporary.resolve("config.json").toFile(), config);
    return temporary;
  }
}
