package dune.runtime.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dune.backend.torch.run.DeviceRequest;
import dune.runtime.compile.Compilation;
import dune.runtime.compile.CompileOptions;
import dune.runtime.compile.ModelCompiler;
import dune.runtime.generate.Generator;
import dune.runtime.generate.Request;
import dune.runtime.library.ModelFile;
import dune.runtime.sample.Penalties;
import dune.runtime.sample.SamplingSettings;
import dune.runtime.tokenize.HuggingFaceTokenizer;
import dune.weights.checkpoint.Checkpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Real, trained weights give the texts that another implementation recorded, to the token.
@Tag("torch")
final class StoriesTest {
  private static final Path FOLDER =
      Path.of(System.getProperty("dune.shared", "../../shared")).resolve("models/stories260K");

  @ParameterizedTest
  @EnumSource(TorchModel.Mode.class)
  void continuesAsRecorded(TorchModel.Mode mode) throws IOException {
    assumeTrue(
        Files.isDirectory(FOLDER),
        "SKIPPED: " + FOLDER + " is absent, so real weights are not tested");
    Checkpoint checkpoint = Checkpoint.open(FOLDER);
    ModelFile file = ModelFile.forArchitecture(checkpoint.architecture(), FOLDER);
    var done = (Compilation.Done) ModelCompiler.compile(file, checkpoint, CompileOptions.DEFAULTS);
    JsonNode golden = new ObjectMapper().readTree(FOLDER.resolve("golden.json").toFile());
    try (var model = ModelLoader.load(done.compiled(), checkpoint, DeviceRequest.CPU, mode);
        var tokenizer = HuggingFaceTokenizer.of(FOLDER, checkpoint.generation())) {
      assertThat(golden).hasSize(4);
      for (JsonNode one : golden) {
        String prompt = one.get("prompt").asText();
        int[] ids = tokenizer.encodePrompt(prompt);
        assertThat(ids).containsExactly(ints(one.get("ids")));
        int[] greedy = ints(one.get("greedy"));
        var request =
            new Request(
                Arrays.stream(ids).boxed().toList(),
                greedy.length,
                SamplingSettings.GREEDY,
                List.of());
        var text = new StringBuilder(prompt);
        var generated = new Generator(model, tokenizer).run(request, text::append);
        assertThat(generated.tokens())
            .containsExactlyElementsOf(Arrays.stream(greedy).boxed().toList());
        assertThat(text.toString().strip()).isEqualTo(one.get("text").asText());
      }
    }
  }

  @Test
  void penalisesRepetitionAsRecorded() throws IOException {
    assumeTrue(
        Files.isDirectory(FOLDER),
        "SKIPPED: " + FOLDER + " is absent, so real weights are not tested");
    Checkpoint checkpoint = Checkpoint.open(FOLDER);
    ModelFile file = ModelFile.forArchitecture(checkpoint.architecture(), FOLDER);
    var done = (Compilation.Done) ModelCompiler.compile(file, checkpoint, CompileOptions.DEFAULTS);
    JsonNode golden =
        new ObjectMapper()
            .readTree(Path.of("src/test/resources/sample/penalty.golden.json").toFile());
    var penalties = new Penalties(golden.get("repetition_penalty").asDouble(), 0, 0);
    var sampling = new SamplingSettings(0, 0, 1, 0, penalties, 0);
    var requests = new ArrayList<Request>();
    for (JsonNode one : golden.get("texts")) {
      List<Integer> prompt = Arrays.stream(ints(one.get("prompt"))).boxed().toList();
      requests.add(new Request(prompt, one.get("greedy").size(), sampling, List.of()));
    }
    try (var model =
            ModelLoader.load(
                done.compiled(), checkpoint, DeviceRequest.CPU, TorchModel.Mode.CACHED);
        var tokenizer = HuggingFaceTokenizer.of(FOLDER, checkpoint.generation())) {
      var generated = new Generator(model, tokenizer).run(requests, (_, _) -> {});
      for (int row = 0; row < requests.size(); row++) {
        int[] tokens = generated.get(row).tokens().stream().mapToInt(Integer::intValue).toArray();
        assertThat(tokens).containsExactly(ints(golden.get("texts").get(row).get("greedy")));
      }
    }
  }

  private static int[] ints(JsonNode array) {
    var values = new ArrayList<Integer>();
    array.forEach(value -> values.add(value.asInt()));
    return values.stream().mapToInt(Integer::intValue).toArray();
  }
}
