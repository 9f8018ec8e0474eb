package dune.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// `dunec plan`: what a model needs in memory.
final class PlanCommandTest {
  @TempDir Path folder;

  private static Run plan(String... arguments) {
    var all =
        new ArrayList<>(
            List.of(
                "plan", "llama", "--set", "L=2", "--set", "D=64", "--set", "V=100", "-c", "64"));
    all.addAll(Arrays.asList(arguments));
    return Run.of(all.toArray(String[]::new));
  }

  private static JsonNode json(String... arguments) throws IOException {
    var all = new ArrayList<>(List.of("--format", "json"));
    all.addAll(Arrays.asList(arguments));
    Run run = plan(all.toArray(String[]::new));
    assertThat(run.status()).as(run.err()).isZero();
    return new ObjectMapper().readTree(run.out());
  }

  @Test
  void partsAddUp() throws IOException {
    JsonNode root = json();
    assertThat(root.get("total").asLong())
        .isEqualTo(
            root.get("weights").asLong()
                + root.get("tables").asLong()
                + root.at("/cache/bytes").asLong()
                + root.at("/arena/bytes").asLong());
    assertThat(root.get("tables").asLong()).isPositive();
    assertThat(root.at("/arena/formula").asText()).contains("T");
    assertThat(root.at("/cache/formula").asText()).contains("C");
  }

  @Test
  void textNamesTheLineOfTheLargest() {
    Run run = plan();
    assertThat(run.status()).as(run.err()).isZero();
    assertThat(run.out())
        .contains("Llama: one row of 64 steps")
        .contains("weights ")
        .contains("cache ")
        .contains("arena ")
        .contains("std/");
  }

  @Test
  void whatFitsFitsAndOneMoreDoesNot() throws IOException {
    JsonNode one = json("--dtype", "f32", "--budget", "900MB");
    long context = one.at("/fit/context").asLong();
    long rows = one.at("/fit/rows").asLong();
    assertThat(context).isGreaterThan(64);
    assertThat(rows).isGreaterThan(1);
    long budget = one.at("/fit/budget").asLong();
    assertThat(json("--dtype", "f32", "-b", "" + rows).get("total").asLong())
        .isLessThanOrEqualTo(budget);
    assertThat(json("--dtype", "f32", "-b", "" + (rows + 1)).get("total").asLong())
        .isGreaterThan(budget);
  }

  @Test
  void budgetThatIsTooSmallSaysByHowMuch() {
    Run run = Run.of("plan", "llama", "--set", "L=2", "-c", "64", "--budget", "1MB");
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.out()).contains("too little by").contains("--dtype");
  }

  /// A head has 128 numbers there, and so many steps are no reason to mix them up.
  @Test
  void cacheGrowsWithTheContextWhateverItsSize() {
    Run run = Run.of("plan", "llama", "--set", "L=2", "--ctx", "128");
    assertThat(run.out()).contains("* B * C + ").doesNotContain("C * C").doesNotContain("C^2");
  }

  @Test
  void modelsWithoutACacheHoldAnyLength() {
    Run run = Run.of("plan", "mamba", "--set", "L=2", "--budget", "8GB");
    assertThat(run.status()).as(run.err()).isZero();
    assertThat(run.out()).contains("8.000 GB hold one row of any length");
  }

  /// As `run` would choose it: what the config says, or as many as there are learned positions.
  @ParameterizedTest
  @CsvSource({"gpt2 --set L=1, 1024", "llama --set L=1, 4096", "--config config.json, 96"})
  void contextIsTheModelsOwn(String model, int steps) throws IOException {
    Path config = folder.resolve("config.json");
    String text = Files.readString(Shared.TINY.resolve("config.json"));
    Files.writeString(
        config,
        text.replaceFirst(
            "\"max_position_embeddings\": *[0-9]+", "\"max_position_embeddings\": 96"));
    Run run = Run.of(("plan " + model.replace("config.json", config.toString())).split(" "));
    assertThat(run.status()).as(run.err()).isZero();
    assertThat(run.out()).contains("one row of " + steps + " steps");
  }

  @Test
  void noContextIsLongerThanTheModelCanHave() {
    assertThat(Run.of("plan", "gpt2", "--set", "L=1", "--budget", "60GB").out())
        .contains("60.00 GB hold one row of 1024 steps");
    Run run = Run.of("plan", "gpt2", "--set", "L=1", "-c", "2000");
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.err()).contains("learned 1024 positions");
  }

  @Test
  void allocationsThatGrowWithTheContextAreMarked() {
    assertThat(plan("--allocations", "--dtype", "bf16", "-O", "1").out())
        .contains("A step of writing needs")
        .contains("grows with the context");
    assertThat(plan("--allocations", "--dtype", "bf16").out())
        .contains("A step of writing needs")
        .doesNotContain("grows with the context");
  }

  @Test
  void pictureIsWellFormed() throws Exception {
    Path file = folder.resolve("arena.svg");
    assertThat(plan("--svg", file.toString()).status()).isZero();
    var document =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new ByteArrayInputStream(Files.readAllBytes(file)));
    assertThat(document.getElementsByTagName("rect").getLength()).isGreaterThan(20);
    assertThat(document.getElementsByTagName("title").item(0).getTextContent()).contains("std/");
  }

  @Test
  void rowsAreAtLeastOne() {
    Run run = plan("-b", "0");
    assertThat(run.status()).isEqualTo(2);
    assertThat(run.err()).contains("--batch must be 1 or more");
  }
}
