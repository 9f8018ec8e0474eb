package dune.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `run`, `build` and `verify` with real, trained weights.
@Tag("torch")
final class GenerateTest {
  private static final String STORIES = Shared.STORIES.toString();

  @TempDir Path folder;

  @BeforeEach
  void weights() {
    Shared.assumeStories();
  }

  private static List<JsonNode> golden() throws IOException {
    List<JsonNode> examples = new ArrayList<>();
    new JsonMapper()
        .readTree(Shared.STORIES.resolve("golden.json").toFile())
        .forEach(examples::add);
    return examples;
  }

  private static void givesTheRecordedTexts(String... arguments) throws IOException {
    for (JsonNode example : golden()) {
      List<String> line = new ArrayList<>(List.of(arguments));
      String prompt = example.path("prompt").textValue();
      line.addAll(List.of("--prompt", prompt, "--temperature", "0"));
      line.addAll(List.of("--max-tokens", String.valueOf(example.path("greedy").size())));
      Run run = Run.of(line.toArray(String[]::new));
      assertThat(run.status()).as(run.err()).isZero();
      assertThat(prompt + run.out()).isEqualTo(example.path("text").textValue() + "\n");
      assertThat(run.err()).contains("tokens/s").hasLineCount(1);
    }
  }

  @Test
  void withTheCache() throws IOException {
    givesTheRecordedTexts("run", "--weights", STORIES);
  }

  @Test
  void withoutTheCache() throws IOException {
    givesTheRecordedTexts("run", "--weights", STORIES, "--no-cache");
  }

  @Test
  void fromABundle() throws IOException {
    String bundle = folder.resolve("stories.dune.d").toString();
    assertThat(Run.of("build", "--weights", STORIES, "-o", bundle).status()).isZero();
    givesTheRecordedTexts("run", bundle);
  }

  @Test
  void fromABundleWithItsWeights() throws IOException {
    String bundle = folder.resolve("stories.dune.d").toString();
    assertThat(Run.of("build", "--weights", STORIES, "--embed-weights", "-o", bundle).status())
        .isZero();
    givesTheRecordedTexts("run", bundle);
  }

  @Test
  void thePromptMayComeFromStandardInput() {
    Run run =
        Run.of(
            "Once upon a time",
            Map.of("DUNE_MAX_TOKENS", "8"),
            "run",
            "-w",
            STORIES,
            "-p",
            "-",
            "--temperature",
            "0");
    assertThat(run.out()).isEqualTo(", there was a little girl\n");
  }

  @Test
  void stopTextsEndTheText() {
    Run run = Run.of("run", "-w", STORIES, "-p", "Once", "--temperature", "0", "--stop", "little");
    assertThat(run.out()).doesNotContain("little").endsWith(" a \n");
    assertThat(run.err()).contains("stop text");
  }

  @Test
  void seedsRepeat() {
    String[] line = {"run", "-w", STORIES, "--seed", "7", "--temperature", "1", "-n", "20"};
    assertThat(Run.of(line).out()).isEqualTo(Run.of(line).out());
  }

  @Test
  void severalPromptsGiveWhatEachGivesAlone() throws IOException {
    Path file = folder.resolve("prompts.txt");
    List<String> prompts = List.of("Once upon a time", "One", "The big red ball and a");
    Files.writeString(file, String.join("\n", prompts));
    String[] line = {"run", "-w", STORIES, "-n", "20", "--seed", "3", "--repeat-penalty", "1.1"};
    String[] together = with(line, "--prompts", file.toString());
    Run run = Run.of(together);
    assertThat(run.err()).contains("3 prompts of 16 tokens", "seed 3").hasLineCount(1);
    var expected = new StringBuilder();
    for (int i = 0; i < prompts.size(); i++) {
      expected.append("=== %d of 3: %s%n".formatted(i + 1, prompts.get(i)));
      expected.append(Run.of(with(line, "-p", prompts.get(i))).out()).append('\n');
    }
    assertThat(run.out()).isEqualTo(expected.toString());
    assertThat(Run.of(with(together, "--batch", "2")).out()).isEqualTo(run.out());
  }

  private static String[] with(String[] line, String... more) {
    return Stream.concat(Arrays.stream(line), Arrays.stream(more)).toArray(String[]::new);
  }

  @Test
  void programsGetAnObjectPerPrompt() throws IOException {
    String prompts = "{\"prompt\": \"Once upon a time\"}\n{\"prompt\": \"One day\"}\n";
    Run run =
        Run.of(
            prompts,
            Map.of(),
            with(
                new String[] {"run", "-w", STORIES, "--prompts", "-", "--temperature", "0"},
                with(new String[] {"--format", "json"}, "-n", "3", "--logprobs", "2")));
    List<JsonNode> objects = new ArrayList<>();
    for (String line : run.out().lines().toList()) objects.add(new JsonMapper().readTree(line));
    assertThat(objects).hasSize(2);
    assertThat(objects).extracting(one -> one.path("index").intValue()).containsExactly(0, 1);
    JsonNode first = objects.getFirst();
    assertThat(first.path("text").textValue()).isEqualTo(", there was");
    assertThat(first.path("ending").textValue()).isEqualTo("limit");
    assertThat(first.path("logprobs")).hasSize(3);
    for (JsonNode choice : first.path("logprobs")) {
      assertThat(choice.path("top")).hasSize(2);
      // Greedily, what is drawn is the likeliest.
      assertThat(choice.path("top").path(0).path("token")).isEqualTo(choice.path("token"));
      assertThat(choice.path("logprob").doubleValue()).isBetween(-1.0, 0.0);
    }
  }

  @Test
  void likelihoodsGoToStandardError() {
    String[] line = {"run", "-w", STORIES, "-p", "Once upon a time", "--temp", "0", "-n", "2"};
    Run run = Run.of(with(line, "--logprobs", "2"));
    assertThat(run.out()).isEqualTo(", there\n");
    assertThat(run.err()).hasLineCount(3).contains("-0.0317 \",\"", "greedy");
    assertThat(Run.of(with(line, "--logprobs")).err()).contains("-0.0317 \",\"\n");
  }

  @Test
  void theCheckpointRecommends() throws IOException {
    String bundle = folder.resolve("stories.dune.d").toString();
    assertThat(Run.of("build", "--weights", STORIES, "--embed-weights", "-o", bundle).status())
        .isZero();
    Files.writeString(
        Path.of(bundle).resolve("generation_config.json"),
        "{\"eos_token_id\": 2, \"temperature\": 0.6, \"top_p\": 0.9}");
    String[] line = {"run", bundle, "-n", "1"};
    assertThat(Run.of(line).err()).contains("temperature 0.6, top-k 40, top-p 0.9, seed ");
    assertThat(Run.of(with(line, "--temp", "1", "--top-k", "0", "--seed", "5")).err())
        .contains("temperature 1, top-p 0.9, seed 5\n");
  }

  @Test
  void longPromptsOfAFileAreNamedByTheirLine() {
    Run run =
        Run.of(
            "One\nOne day, Tom\n",
            Map.of(),
            with(new String[] {"run", "-w", STORIES}, "--prompts", "-", "--ctx-size", "5"));
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).contains("standard input:2: the prompt has ").hasLineCount(1);
  }

  @Test
  void aContextBeyondTheModelsOwnIsAllowedWithAWarning() {
    String[] line = {"run", "-w", STORIES, "-p", "One day", "-n", "3", "--temperature", "0"};
    assertThat(Run.of(with(line, "--ctx-size", "512")).err())
        .doesNotContain("max_position_embeddings");
    Run run = Run.of(with(line, "--ctx-size", "513"));
    assertThat(run.status()).isZero();
    assertThat(run.err()).contains("config.json says `max_position_embeddings` 512: ");
  }

  @Test
  void aPromptLongerThanTheContextIsRefused() {
    Run run = Run.of("run", "-w", STORIES, "-p", "One day, Tom", "--ctx-size", "3");
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).contains("a context of 3 leaves no room").hasLineCount(1);
  }

  @Test
  void scoresOfATextAsRecorded() throws IOException {
    Path resources = SourceTree.ROOT.resolve("runtime/src/test/resources/score");
    JsonNode golden = new JsonMapper().readTree(resources.resolve("story.golden.json").toFile());
    JsonNode expected = golden.path("cases").path(2);
    String[] line = {"score", "-w", STORIES, "--text", resources.resolve("story.txt").toString()};
    String[] sizes = {"--ctx-size", expected.path("context").asText()};
    Run run = Run.of(with(with(line, sizes), "--format", "json"));
    assertThat(run.status()).as(run.err()).isZero();
    assertThat(run.err()).contains("582 tokens scored on cpu").hasLineCount(1);
    JsonNode json = new JsonMapper().readTree(run.out());
    double mean = expected.path("nll").doubleValue() / expected.path("predicted").doubleValue();
    assertThat(json.path("stride")).isEqualTo(expected.path("stride"));
    assertThat(json.path("predicted")).isEqualTo(expected.path("predicted"));
    assertThat(json.path("nll").doubleValue()).isCloseTo(mean, within(1e-4));
    assertThat(json.path("perplexity").doubleValue()).isCloseTo(Math.exp(mean), within(1e-3));
    assertThat(Run.of(with(line, sizes)).out())
        .contains("perplexity          %.2f".formatted(Math.exp(mean)))
        .hasLineCount(6);
  }

  @Test
  void aTextOfOneTokenCannotBeScored() throws IOException {
    Path bundle = folder.resolve("stories.dune.d");
    assertThat(Run.of("build", "-w", STORIES, "--embed-weights", "-o", "" + bundle).status())
        .isZero();
    Path settings = bundle.resolve("tokenizer_config.json");
    Files.writeString(settings, "{\"add_bos_token\": false}");
    Run run = Run.of("a", Map.of(), "score", bundle.toString(), "--text", "-");
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.err()).contains("the text has 1 token, and scoring needs two");
  }

  @Test
  void verifyAgrees() {
    String golden = Shared.STORIES.resolve("golden.safetensors").toString();
    Run run = Run.of("verify", "--weights", STORIES, "--golden", golden);
    assertThat(run.status()).as(run.err()).isZero();
    assertThat(run.out()).contains("relative").endsWith("agrees\n");
  }

  @Test
  void verifySaysWhereItDiverges() {
    String golden = Shared.STORIES.resolve("golden.safetensors").toString();
    Run run = Run.of("verify", "--weights", STORIES, "--golden", golden, "--tolerance", "1e-9");
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.out()).contains("diverges first at: row ").endsWith("does not agree\n");
  }
}
