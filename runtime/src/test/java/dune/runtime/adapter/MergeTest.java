package dune.runtime.adapter;

import static org.assertj.core.api.Assertions.assertThat;

import dune.runtime.compile.CompileOptions;
import dune.runtime.compile.ModelCompiler;
import dune.runtime.library.ModelFile;
import dune.runtime.model.TorchModel;
import dune.runtime.verify.Golden;
import dune.weights.bind.Convert;
import dune.weights.checkpoint.Checkpoint;
import dune.weights.convert.Conversion;
import dune.weights.tensor.DType;
import dune.weights.tensor.Source;
import dune.weights.tensor.Tensors;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Adapters that become part of a checkpoint, and go again.
@Tag("torch")
final class MergeTest {
  private static final Path RESOURCES = Path.of("src/test/resources");

  @TempDir Path scratch;

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "llama"})
  void mergedLogitsAreThoseOfPeft(String name) {
    Path folder = RESOURCES.resolve("lora").resolve(name);
    Path merged = scratch.resolve("merged");
    merge(base(name), merged, List.of(choice(name, 1)), Merge.Direction.IN);
    Golden golden = Golden.read(folder.resolve("golden.safetensors"));
    try (TorchModel model = AdapterGoldenTest.load(merged, CompileOptions.DEFAULTS)) {
      float[] logits = model.score(golden.tokens(), golden.rows(), golden.steps());
      assertThat(AdapterGoldenTest.distance(logits, golden.logits())).isLessThan(1e-4);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "llama"})
  void whatIsTakenOutLeavesTheBase(String name) {
    Path merged = scratch.resolve("merged");
    Path back = scratch.resolve("back");
    List<Adaptation.Choice> choices = List.of(choice(name, 0.7));
    merge(base(name), merged, choices, Merge.Direction.IN);
    merge(merged, back, choices, Merge.Direction.OUT);
    assertThat(distance(base(name), back)).isLessThan(1e-6);
    assertThat(distance(base(name), merged)).isGreaterThan(1e-3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "llama"})
  void severalCountAsTheySay(String name) {
    Path twice = scratch.resolve("twice");
    Path once = scratch.resolve("once");
    merge(base(name), twice, List.of(choice(name, 1.25), choice(name, -0.5)), Merge.Direction.IN);
    merge(base(name), once, List.of(choice(name, 0.75)), Merge.Direction.IN);
    assertThat(distance(once, twice)).isLessThan(1e-6);
  }

  private static Path base(String name) {
    return RESOURCES.resolve("golden").resolve(name);
  }

  static Adaptation.Choice choice(String name, double weight) {
    return new Adaptation.Choice(PeftFolder.read(RESOURCES.resolve("lora").resolve(name)), weight);
  }

  static void merge(
      Path base, Path out, List<Adaptation.Choice> choices, Merge.Direction direction) {
    Checkpoint checkpoint = Checkpoint.open(base);
    ModelFile model = ModelFile.forArchitecture(checkpoint.architecture(), base);
    var written = ModelCompiler.elaborate(model, checkpoint, CompileOptions.DEFAULTS);
    Map<String, Conversion.Edit> edits =
        Merge.edits(
            written.program().orElseThrow(),
            written.checkpoint().orElseThrow(),
            checkpoint,
            choices,
            direction);
    Conversion.run(checkpoint, out, Optional.empty(), edits, Long.MAX_VALUE, _ -> {});
  }

  /// The most that numbers of the same tensors differ.
  private static double distance(Path one, Path other) {
    Tensors left = Checkpoint.open(one).tensors();
    Tensors right = Checkpoint.open(other).tensors();
    assertThat(left.all().keySet()).isEqualTo(right.all().keySet());
    double most = 0;
    for (String name : left.all().keySet()) {
      most = Math.max(most, AdapterGoldenTest.distance(floats(left, name), floats(right, name)));
    }
    return most;
  }

  private static float[] floats(Tensors tensors, String name) {
    var tensor = tensors.find(name).orElseThrow();
    try (Arena arena = Arena.ofConfined()) {
      var from = tensors.map(arena).of((Source.Region) tensor.source());
      long count = tensor.info().bytes() * 8 / tensor.info().type().bits();
      var to = arena.allocate(count * Float.BYTES, Float.BYTES);
      Convert.convert(from, tensor.info().type(), to, DType.F32, count);
      return to.toArray(ValueLayout.JAVA_FLOAT);
    }
  }
}
