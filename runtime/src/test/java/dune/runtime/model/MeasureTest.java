package dune.runtime.model;

import static org.assertj.core.api.Assertions.assertThat;

import dune.backend.torch.TorchBackend;
import dune.backend.torch.TorchProgram;
import dune.backend.torch.emit.Emitted;
import dune.backend.torch.emit.Signature;
import dune.backend.torch.run.Call;
import dune.backend.torch.run.DeviceRequest;
import dune.backend.torch.run.Tensor;
import dune.frontend.elaborate.Checker;
import dune.runtime.compile.Compilation;
import dune.runtime.compile.CompileOptions;
import dune.runtime.compile.Compiled;
import dune.runtime.compile.ModelCompiler;
import dune.runtime.generate.Generator;
import dune.runtime.generate.Request;
import dune.runtime.library.ModelFile;
import dune.runtime.sample.Penalties;
import dune.runtime.sample.Sampler;
import dune.runtime.sample.SamplingSettings;
import dune.runtime.tokenize.HuggingFaceTokenizer;
import dune.weights.checkpoint.Checkpoint;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/// Measures what `docs/performance.md` tells, and prints it. Times depend on what else the machine
/// does, so this runs on request only:
///
///     mvn test -pl runtime -am -Dtest=MeasureTest -Dsurefire.failIfNoSpecifiedTests=false
///         -Ddune.measure=true
@Tag("torch")
@EnabledIfSystemProperty(named = "dune.measure", matches = "true")
final class MeasureTest {
  private static final Path FOLDER =
      Path.of(System.getProperty("dune.shared", "../../shared")).resolve("models/stories260K");

  private static final int PROMPT = 5;
  private static final int TOKENS = 400;
  private static final int ROUNDS = 7;

  @Test
  void decodingAgainstBareCalls() {
    Checkpoint checkpoint = Checkpoint.open(FOLDER);
    ModelFile file = ModelFile.forArchitecture(checkpoint.architecture(), FOLDER);
    var done = (Compilation.Done) ModelCompiler.compile(file, checkpoint, CompileOptions.DEFAULTS);
    double[] whole = new double[ROUNDS];
    double[] bare = new double[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
      whole[round] = generate(done.compiled(), checkpoint);
      bare[round] = call(done.compiled(), checkpoint);
    }
    double ours = median(whole);
    double theirs = median(bare);
    System.out.printf(
        "one token: %.0f us, of which libtorch %.0f us; overhead %.1f %%%n",
        ours * 1e6, theirs * 1e6, 100 * (ours / theirs - 1));
    assertThat(theirs).isPositive();
  }

  /// Seconds per token of the whole loop: tensors, call, sampling, text.
  private static double generate(Compiled compiled, Checkpoint checkpoint) {
    try (var model =
            ModelLoader.load(compiled, checkpoint, DeviceRequest.CPU, TorchModel.Mode.CACHED);
        var tokenizer = HuggingFaceTokenizer.of(FOLDER, checkpoint.generation())) {
      List<Integer> prompt = List.of(1, 403, 407, 261, 378);
      var request = new Request(prompt, TOKENS, SamplingSettings.GREEDY, List.of());
      var text = new StringBuilder();
      return 1 / new Generator(model, tokenizer).run(request, text::append).decodeSpeed();
    }
  }

  /// Seconds per call of the method alone, over the same lengths.
  private static double call(Compiled compiled, Checkpoint checkpoint) {
    Emitted emitted = TorchBackend.emit(compiled.program());
    Signature.Method next = emitted.signature().method("next");
    try (BoundWeights weights = BoundWeights.of(compiled, checkpoint);
        TorchProgram program = TorchBackend.load(emitted, weights, DeviceRequest.CPU);
        Call call = program.prepare("next")) {
      program.begin(Map.of("B", 1L));
      long nanos = 0;
      for (int length = PROMPT; length < PROMPT + TOKENS - 1; length++) {
        for (int i = 0; i < next.inputs().size(); i++) {
          boolean tokens = next.inputs().get(i).equals("tokens");
          long value = next.inputs().get(i).equals("start") ? length : 1;
          long[] shape = tokens ? new long[] {1, 1} : new long[] {1};
          try (Tensor input = TorchBackend.torch().of(new long[] {value}, shape)) {
            call.set(i, input);
          }
        }
        for (int i = 0; i < next.dims().size(); i++) {
          call.set(next.inputs().size() + i, length + 1L);
        }
        long begin = System.nanoTime();
        List<Tensor> results = call.run();
        nanos += System.nanoTime() - begin;
        results.forEach(Tensor::close);
      }
      return nanos * 1e-9 / (TOKENS - 1);
    }
  }

  /// What a step costs beside the model, for a vocabulary of LLaMA 3's size.
  @Test
  void samplingFromALargeVocabulary() {
    var random = new Random(1);
    float[] logits = new float[128_256];
    for (int id = 0; id < logits.length; id++) logits[id] = (float) random.nextGaussian() * 3;
    logits[77] = 18;
    sampling("greedy", SamplingSettings.GREEDY, logits);
    sampling("top-k 40, top-p 0.95", settings(40, 0.95, 0, Penalties.NONE), logits);
    sampling("the same, penalties", settings(40, 0.95, 0, new Penalties(1.1, 0, 0)), logits);
    sampling("top-p 0.95", settings(0, 0.95, 0, Penalties.NONE), logits);
    sampling("min-p 0.05", settings(0, 1, 0.05, Penalties.NONE), logits);
    sampling("no filter", settings(0, 1, 0, Penalties.NONE), logits);
  }

  private static SamplingSettings settings(
      int topK, double topP, double minP, Penalties penalties) {
    return new SamplingSettings(0.8, topK, topP, minP, penalties, 1);
  }

  private static void sampling(String name, SamplingSettings settings, float[] logits) {
    var sampler = new Sampler(settings, IntStream.range(0, 2000).boxed().toList());
    double[] seconds = new double[200];
    for (int i = 0; i < seconds.length; i++) {
      long begin = System.nanoTime();
      assertThat(sampler.next(logits)).isNotNegative();
      seconds[i] = (System.nanoTime() - begin) * 1e-9;
    }
    System.out.printf("drawing a token, %s: %.0f us%n", name, median(seconds) * 1e6);
  }

  /// The model with its defaults has 32 layers.
  @Test
  void checkingThirtyTwoLayers() {
    ModelFile file = ModelFile.forArchitecture("LlamaForCausalLM", Path.of(""));
    double first = check(file);
    double[] later = new double[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) later[round] = check(file);
    System.out.printf("checking: first %.3f s, then %.3f s%n", first, median(later));
  }

  private static double check(ModelFile file) {
    long begin = System.nanoTime();
    assertThat(Checker.check(file.text(), file.sources()).list()).isEmpty();
    return (System.nanoTime() - begin) * 1e-9;
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
