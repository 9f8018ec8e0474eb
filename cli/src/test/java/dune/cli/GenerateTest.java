package dune.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
  void aPromptLongerThanTheContextIsRefused() {
    Run run = Run.of("run", "-w", STORIES, "-p", "One day, Tom", "--ctx-size", "3");
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).contains("a context of 3 leaves no room").hasLineCount(1);
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
