package dune.runtime.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dune.backend.torch.run.DeviceRequest;
import dune.ir.Attention;
import dune.ir.Elem;
import dune.passes.Optimization;
import dune.passes.Use;
import dune.passes.plan.Footprint;
import dune.passes.plan.Footprint.Demand;
import dune.passes.plan.MemoryPlan;
import dune.runtime.compile.Compilation;
import dune.runtime.compile.CompileOptions;
import dune.runtime.compile.Compiled;
import dune.runtime.compile.ModelCompiler;
import dune.runtime.generate.LanguageModel;
import dune.runtime.library.ModelFile;
import dune.runtime.model.ModelLoader;
import dune.runtime.model.TorchModel;
import dune.weights.checkpoint.Checkpoint;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Writing behind more steps than are attended to at once.
final class LongContextTest {
  private static final Path FOLDER = Path.of("src/test/resources/architectures");
  private static final int STEPS = Attention.block(Elem.F32) + 250;

  static Stream<String> folders() {
    return ArchitecturesTest.folders();
  }

  /// All but weights and caches.
  @ParameterizedTest
  @MethodSource("folders")
  void whatAStepNeedsDoesNotGrow(String name) {
    Checkpoint checkpoint = Checkpoint.open(FOLDER.resolve(name));
    Compiled writing = compile(checkpoint, options(Optimization.O2, Elem.BF16));
    var footprint = new Footprint(writing.program());
    List<Long> after = bytes(footprint, STEPS);
    assertThat(after).isNotEmpty().isEqualTo(bytes(footprint, 5 * STEPS));
  }

  private static List<Long> bytes(Footprint footprint, long context) {
    return footprint.calls(new Demand(1, context, 8)).getLast().plan().placed().stream()
        .map(MemoryPlan.Placed::bytes)
        .toList();
  }

  /// Plain, with a bias, bounded within windows, with sinks, through a latent, in pieces.
  @Tag("torch")
  @ParameterizedTest
  @ValueSource(strings = {"qwen3", "bloom", "gemma2", "gpt_oss", "deepseek_v3", "llama4"})
  void stepsAreThoseOfTheProgramAsItIsWritten(String name) {
    Checkpoint checkpoint = Checkpoint.open(FOLDER.resolve(name));
    List<float[]> fused = logits(checkpoint, Optimization.O2);
    List<float[]> written = logits(checkpoint, Optimization.O0);
    for (int i = 0; i < fused.size(); i++) {
      var one = new Logits(fused.get(i), fused.get(i));
      assertThat(one.distanceFrom(new Logits(written.get(i), written.get(i))))
          .as("step %d", i)
          .isLessThan(Logits.ROUNDING);
    }
  }

  /// Of a long prompt, and of three tokens behind it.
  private static List<float[]> logits(Checkpoint checkpoint, Optimization level) {
    Compiled compiled = compile(checkpoint, options(level, Elem.F32));
    try (TorchModel model =
        ModelLoader.load(compiled, checkpoint, DeviceRequest.CPU, TorchModel.Mode.CACHED)) {
      LanguageModel.Sequence sequence = model.begin();
      float[] prompt =
          sequence.append(IntStream.range(0, STEPS).map(i -> i * i % 47).toArray()).clone();
      return Stream.concat(
              Stream.of(prompt),
              IntStream.of(7, 3, 9).mapToObj(sequence::append).map(float[]::clone))
          .toList();
    }
  }

  private static Compiled compile(Checkpoint checkpoint, CompileOptions options) {
    ModelFile file = ModelFile.forArchitecture(checkpoint.architecture(), checkpoint.folder());
    return ((Compilation.Done) ModelCompiler.compile(file, checkpoint, options)).compiled();
  }

  private static CompileOptions options(Optimization level, Elem elem) {
    return CompileOptions.DEFAULTS
        .withOptimization(level)
        .withElem(elem)
        .withUse(Use.WRITING)
        .withContext(STEPS + 8)
        .withChunk(512);
  }
}
