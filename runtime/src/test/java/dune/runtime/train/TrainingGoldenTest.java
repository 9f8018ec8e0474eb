package dune.runtime.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dune.backend.torch.run.AdamW;
import dune.backend.torch.run.DeviceRequest;
import dune.backend.torch.run.Learner.Batch;
import dune.frontend.elaborate.Settings;
import dune.ir.Elem;
import dune.ir.Origin;
import dune.ir.checkpoint.WeightRequest;
import dune.passes.Optimization;
import dune.runtime.compile.Compilation;
import dune.runtime.compile.Compiled;
import dune.runtime.compile.ModelCompiler;
import dune.runtime.library.ModelFile;
import dune.runtime.model.BoundWeights;
import dune.weights.bind.Binding;
import dune.weights.bind.Recipe;
import dune.weights.bind.WeightLoader;
import dune.weights.checkpoint.Checkpoint;
import dune.weights.safetensors.SafetensorsFile;
import dune.weights.tensor.Tensors;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Twenty steps of training, against those of PyTorch with Hugging Face's models.
@Tag("torch")
final class TrainingGoldenTest {
  private static final Path GOLDEN = Path.of("src/test/resources/training");

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({"gpt2, O0", "gpt2, O1", "gpt2, O2", "llama, O0", "llama, O1", "llama, O2"})
  void everyStepIsThatOfTheReference(String name, Optimization optimization) throws IOException {
    Path golden = GOLDEN.resolve(name);
    JsonNode curve = new ObjectMapper().readTree(golden.resolve("curve.json").toFile());
    JsonNode given = curve.get("optimizer");
    JsonNode rates = curve.get("schedule");
    var optimizer =
        new AdamW(
            given.at("/betas/0").asDouble(),
            given.at("/betas/1").asDouble(),
            given.get("eps").asDouble(),
            given.get("weight_decay").asDouble());
    var schedule =
        new Schedule(
            rates.get("peak").asDouble(),
            rates.get("floor").asDouble(),
            rates.get("warmup").asInt(),
            rates.get("total").asInt());
    List<Batch> batches = batches(golden.resolve("batches.safetensors"));
    Checkpoint checkpoint = Checkpoint.open(golden);
    Compiled compiled = compile(checkpoint, optimization);
    try (var weights = BoundWeights.of(compiled, checkpoint);
        var trainee = Trainee.of(compiled, weights, DeviceRequest.CPU)) {
      for (int step = 0; step < batches.size(); step++) {
        double rate = schedule.rate(step);
        assertRelative(rate, curve.get("learning_rate").get(step).asDouble(), 1e-9);
        Batch batch = batches.get(step);
        double loss = curve.get("loss").get(step).asDouble();
        assertRelative(trainee.loss(batch), loss, 1e-4);
        var progress =
            trainee.step(List.of(batch), optimizer, rate, given.get("clip_norm").asDouble());
        assertRelative(progress.loss(), loss, 1e-4);
        assertRelative(progress.norm(), curve.get("gradient_norm").get(step).asDouble(), 1e-4);
      }
      requireWeights(trainee, compiled, golden);
    }
  }

  private void requireWeights(Trainee trainee, Compiled compiled, Path golden) throws IOException {
    Files.copy(golden.resolve("config.json"), folder.resolve("config.json"));
    Files.copy(golden.resolve("after.safetensors"), folder.resolve("model.safetensors"));
    try (var after = BoundWeights.of(compiled, Checkpoint.open(folder))) {
      trainee
          .weights()
          .forEach(
              (path, found) -> {
                float[] expected = after.get(path).toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
                double largest = 0;
                double difference = 0;
                for (int i = 0; i < expected.length; i++) {
                  largest = Math.max(largest, Math.abs(expected[i]));
                  difference = Math.max(difference, Math.abs(expected[i] - found[i]));
                }
                // Attention does not depend on the bias of its keys, whose gradients are rounding.
                assertThat(difference).as(path).isLessThan(1e-3 * largest + 1e-5);
              });
    }
  }

  private static Compiled compile(Checkpoint checkpoint, Optimization optimization) {
    ModelFile file = ModelFile.forArchitecture(checkpoint.architecture(), checkpoint.folder());
    Settings settings = Settings.of(checkpoint.config(), Elem.F32).with(Settings.Purpose.TRAINING);
    return ((Compilation.Done) ModelCompiler.compileLoss(file, settings, optimization, 32))
        .compiled();
  }

  private static List<Batch> batches(Path file) {
    try (Arena arena = Arena.ofConfined()) {
      Tensors tensors = SafetensorsFile.read(file).tensors();
      var loader = new WeightLoader(tensors.map(arena), arena);
      long[] inputs = ints(tensors, loader, "inputs");
      long[] targets = ints(tensors, loader, "targets");
      int size = 8 * 32;
      return IntStream.range(0, inputs.length / size)
          .mapToObj(i -> new Batch(8, 32, part(inputs, i, size), part(targets, i, size)))
          .toList();
    }
  }

  private static long[] ints(Tensors tensors, WeightLoader loader, String name) {
    var whole = new Recipe.Whole(tensors.find(name).orElseThrow());
    var request = new WeightRequest(name, whole.shape(), Elem.INT, Origin.NONE);
    return loader
        .load(new Binding(request, whole))
        .bytes()
        .toArray(ValueLayout.JAVA_LONG_UNALIGNED);
  }

  private static long[] part(long[] all, int index, int size) {
    return Arrays.copyOfRange(all, index * size, (index + 1) * size);
  }

  private static void assertRelative(double found, double expected, double tolerance) {
    assertThat(found).isCloseTo(expected, within(tolerance * Math.abs(expected)));
  }
}
