package dune.runtime.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dune.backend.torch.run.DeviceRequest;
import dune.runtime.compile.Compilation;
import dune.runtime.compile.CompileOptions;
import dune.runtime.compile.ModelCompiler;
import dune.runtime.library.ModelFile;
import dune.runtime.model.TorchModel.Mode;
import dune.runtime.sample.LogProbabilities;
import dune.runtime.score.Score;
import dune.runtime.score.Scorer;
import dune.runtime.tokenize.HuggingFaceTokenizer;
import dune.runtime.verify.Golden;
import dune.weights.checkpoint.Checkpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Scores of whole models, against logits and sums that Hugging Face's implementation gave.
@Tag("torch")
final class ScoreTest {
  private static final Path RESOURCES = Path.of("src/test/resources");
  private static final Path STORIES =
      Path.of(System.getProperty("dune.shared", "../../shared")).resolve("models/stories260K");

  private static TorchModel model(Path folder, Mode mode, int context, int chunk) {
    Checkpoint checkpoint = Checkpoint.open(folder);
    ModelFile file = ModelFile.forArchitecture(checkpoint.architecture(), folder);
    CompileOptions options = CompileOptions.DEFAULTS.withContext(context).withChunk(chunk);
    var done = (Compilation.Done) ModelCompiler.compile(file, checkpoint, options);
    return ModelLoader.load(done.compiled(), checkpoint, DeviceRequest.CPU, mode);
  }

  private static Score score(TorchModel model, int stride, int... tokens) {
    return new Scorer(model, stride).run(tokens, _ -> {});
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "llama", "mistral", "mixtral"})
  void oneWindowIsTheSumOverTheLogits(String name) {
    Path folder = RESOURCES.resolve("golden").resolve(name);
    Golden golden = Golden.read(folder.resolve("golden.safetensors"));
    int steps = golden.steps();
    int size = golden.logits().length / golden.rows() / steps;
    int[] tokens = new int[steps];
    double expected = 0;
    for (int i = 0; i < steps; i++) {
      tokens[i] = Math.toIntExact(golden.tokens()[i]);
      if (i == 0) continue;
      expected -= LogProbabilities.of(golden.logits(), (i - 1) * size, i * size).of(tokens[i]);
    }
    for (Mode mode : Mode.values()) {
      try (TorchModel model = model(folder, mode, steps, 5)) {
        for (int stride : new int[] {1, 7, steps}) {
          Score score = score(model, stride, tokens);
          assertThat(score.predicted()).isEqualTo(steps - 1);
          assertThat(score.negativeLogLikelihood()).isCloseTo(expected, within(1e-3));
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama", "mistral"})
  void cachesDoNotMatter(String name) {
    Path folder = RESOURCES.resolve("golden").resolve(name);
    int[] tokens = new int[60];
    Arrays.setAll(tokens, i -> (i * i * 7 + 3) % 90);
    double whole;
    try (TorchModel model = model(folder, Mode.RECOMPUTED, 20, 6)) {
      whole = score(model, 8, tokens).negativeLogLikelihood();
    }
    try (TorchModel model = model(folder, Mode.CACHED, 20, 6)) {
      assertThat(score(model, 8, tokens).negativeLogLikelihood()).isCloseTo(whole, within(1e-3));
    }
  }

  @ParameterizedTest
  @EnumSource(Mode.class)
  void aStoryIsAsPredictableAsRecorded(Mode mode) throws IOException {
    assumeTrue(
        Files.isDirectory(STORIES),
        "SKIPPED: " + STORIES + " is absent, so real weights are not tested");
    JsonNode golden =
        new ObjectMapper().readTree(RESOURCES.resolve("score/story.golden.json").toFile());
    String text = Files.readString(RESOURCES.resolve("score/story.txt"));
    int[] tokens;
    try (var tokenizer = HuggingFaceTokenizer.of(STORIES, Checkpoint.open(STORIES).generation())) {
      tokens = tokenizer.encodePrompt(text);
    }
    assertThat(tokens).containsExactly(ints(golden.path("ids")));
    for (JsonNode one : golden.path("cases")) {
      try (TorchModel model = model(STORIES, mode, one.path("context").intValue(), 48)) {
        Score score = score(model, one.path("stride").intValue(), tokens);
        assertThat(score.predicted()).isEqualTo(one.path("predicted").intValue());
        assertThat(score.windows()).isEqualTo(one.path("windows").intValue());
        assertThat(score.negativeLogLikelihood())
            .as(one.toString())
            .isCloseTo(one.path("nll").doubleValue(), within(0.01));
      }
    }
  }

  private static int[] ints(JsonNode array) {
    int[] values = new int[array.size()];
    for (int i = 0; i < values.length; i++) values[i] = array.get(i).intValue();
    return values;
  }
}
