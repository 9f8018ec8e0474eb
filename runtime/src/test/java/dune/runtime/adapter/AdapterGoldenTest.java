package dune.runtime.adapter;

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
import dune.runtime.verify.Golden;
import dune.weights.checkpoint.Checkpoint;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Adapters that PEFT wrote, against the logits that it has of them.
@Tag("torch")
final class AdapterGoldenTest {
  private static final Path RESOURCES = Path.of("src/test/resources");

  @ParameterizedTest
  @CsvSource({"gpt2, O0", "gpt2, O1", "gpt2, O2", "llama, O0", "llama, O1", "llama, O2"})
  void logitsAreThoseOfPeft(String name, Optimization optimization) {
    Path folder = RESOURCES.resolve("lora").resolve(name);
    Golden golden = Golden.read(folder.resolve("golden.safetensors"));
    var adapter = new Adaptation.Choice(PeftFolder.read(folder), 1);
    try (TorchModel model = load(name, optimization, List.of(adapter))) {
      assertThat(distance(score(model, golden), golden.logits())).isLessThan(1e-4);
      float[] stepped = model.step(golden.tokens(), golden.rows(), golden.steps());
      assertThat(distance(stepped, golden.logits())).isLessThan(1e-4);
    }
    try (TorchModel model = load(name, optimization, List.of())) {
      assertThat(distance(score(model, golden), golden.logits())).isGreaterThan(0.1);
    }
  }

  @ParameterizedTest
  @CsvSource({"gpt2", "llama"})
  void countOtherwiseWithoutLoadingAgain(String name) {
    Path folder = RESOURCES.resolve("lora").resolve(name);
    Golden golden = Golden.read(folder.resolve("golden.safetensors"));
    PeftFolder adapter = PeftFolder.read(folder);
    var both = List.of(new Adaptation.Choice(adapter, 0.25), new Adaptation.Choice(adapter, 0.75));
    Compiled compiled = compiled(RESOURCES.resolve("golden").resolve(name), both);
    float[] base;
    try (TorchModel model = load(name, Optimization.O2, List.of())) {
      base = score(model, golden);
    }
    Checkpoint checkpoint = Checkpoint.open(RESOURCES.resolve("golden").resolve(name));
    try (TorchModel model =
        ModelLoader.load(compiled, checkpoint, DeviceRequest.CPU, TorchModel.Mode.CACHED)) {
      assertThat(distance(score(model, golden), golden.logits())).isLessThan(1e-4);
      model.adapt(compiled.adaptation().with(0, 0));
      assertThat(score(model, golden)).isEqualTo(base);
      model.adapt(compiled.adaptation().with(1, 0));
      assertThat(distance(score(model, golden), golden.logits())).isLessThan(1e-4);
      model.adapt(compiled.adaptation().with(2, 1));
      assertThat(distance(score(model, golden), golden.logits())).isGreaterThan(0.1);
    }
  }

  private static float[] score(TorchModel model, Golden golden) {
    return model.score(golden.tokens(), golden.rows(), golden.steps());
  }

  private static TorchModel load(
      String name, Optimization optimization, List<Adaptation.Choice> adapters) {
    return load(
        RESOURCES.resolve("golden").resolve(name),
        CompileOptions.DEFAULTS.withOptimization(optimization).withAdapters(adapters));
  }

  static TorchModel load(Path folder, CompileOptions options) {
    Checkpoint checkpoint = Checkpoint.open(folder);
    return ModelLoader.load(
        compiled(checkpoint, options), checkpoint, DeviceRequest.CPU, TorchModel.Mode.CACHED);
  }

  private static Compiled compiled(Path folder, List<Adaptation.Choice> adapters) {
    return compiled(Checkpoint.open(folder), CompileOptions.DEFAULTS.withAdapters(adapters));
  }

  private static Compiled compiled(Checkpoint checkpoint, CompileOptions options) {
    ModelFile model = ModelFile.forArchitecture(checkpoint.architecture(), checkpoint.folder());
    return ((Compilation.Done) ModelCompiler.compile(model, checkpoint, options)).compiled();
  }

  static double distance(float[] one, float[] other) {
    assertThat(one).hasSameSizeAs(other);
    double most = 0;
    for (int i = 0; i < one.length; i++) most = Math.max(most, Math.abs(one[i] - other[i]));
    return most;
  }
}
