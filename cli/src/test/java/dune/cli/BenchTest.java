package dune.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class BenchTest {
  private static final String TINY = Shared.TINY.toString();
  private static final String CONFIG = Shared.TINY.resolve("config.json").toString();

  @TempDir Path folder;

  private static Run bench(String... options) {
    var arguments = new ArrayList<>(List.of("bench"));
    arguments.addAll(Arrays.asList(options));
    Run run = Run.of(arguments.toArray(String[]::new));
    assertThat(run.status()).as(run.err()).isZero();
    return run;
  }

  @Test
  @Tag("torch")
  void timesPromptsAndTexts() {
    Run run = bench("--weights", TINY, "-p", "3,5", "-n", "4", "-r", "2");
    assertThat(run.out())
        .contains("| pp3 |", "| pp5 |", "| tg4 |", " of weights; this machine reads ");
  }

  @Test
  @Tag("torch")
  void aFolderStandsForItsModel() {
    assertThat(bench(TINY, "-p", "0", "-n", "2", "-r", "1").out()).contains("| tg2 |");
  }

  @Test
  @Tag("torch")
  void levelsAreComparedOnWeightsThatNobodyTrained() throws IOException {
    Path results = folder.resolve("results.json");
    Path plot = folder.resolve("plot.svg");
    Run run =
        bench(
            "llama",
            "--config",
            CONFIG,
            "--dtype",
            "bf16",
            "--levels",
            "-p",
            "3",
            "-n",
            "2",
            "-r",
            "2",
            "--format",
            "json",
            "-o",
            results.toString(),
            "--plot",
            plot.toString());
    assertThat(run.out()).isEmpty();
    JsonNode json = new JsonMapper().readTree(Files.readString(results));
    assertThat(json.at("/dtype").asText()).isEqualTo("bf16");
    assertThat(json.at("/tests").findValuesAsText("level"))
        .containsExactly("-O0", "-O1", "-O2", "-O0", "-O1", "-O2");
    assertThat(json.at("/tests").findValuesAsText("test"))
        .containsExactly("pp3", "pp3", "pp3", "tg2", "tg2", "tg2");
    // The same arithmetic, whatever it is fused to.
    assertThat(json.at("/tests/3/flops_per_second").asDouble() / speed(json, 3))
        .isCloseTo(
            json.at("/tests/5/flops_per_second").asDouble() / speed(json, 5),
            org.assertj.core.data.Percentage.withPercentage(1e-6));
    assertWellFormed(plot);
    assertThat(json.at("/tests").findValues("planned_bytes"))
        .hasSize(6)
        .allMatch(bytes -> bytes.asLong() > 0);
  }

  @Test
  @Tag("torch")
  void plannedMemoryIsThatOfThePlan() throws IOException {
    String[] sizes = {"llama", "--config", CONFIG, "-c", "8"};
    Run timed = bench(with(sizes, "-p", "8", "-n", "0", "-r", "1", "--format", "json"));
    Run planned = Run.of(with("plan", with(sizes, "--format", "json")));
    var json = new JsonMapper();
    assertThat(json.readTree(timed.out()).at("/tests/0/planned_bytes").asLong())
        .isEqualTo(json.readTree(planned.out()).at("/total").asLong());
  }

  @Test
  @Tag("torch")
  void outputIsAFormatOrAFileWhoseEndingSaysIt() throws IOException {
    String[] one = {"llama", "--config", CONFIG, "-p", "3", "-n", "0", "-r", "1"};
    String header = bench(with(one, "-o", "csv")).out().lines().findFirst().orElseThrow();
    assertThat(header).contains(",").doesNotContain("|");
    Path file = folder.resolve("rows.csv");
    assertThat(bench(with(one, "-o", file.toString())).out()).isEmpty();
    assertThat(Files.readString(file)).startsWith(header);
    assertThat(bench(with(one, "-o", "md")).out()).startsWith("|");
    Run both = Run.of(with("bench", with(one, "-o", "md", "--format", "csv")));
    assertThat(both.status()).isEqualTo(2);
    assertThat(both.err()).contains("-o and --format name two formats; leave one of them out");
  }

  private static String[] with(String[] words, String... more) {
    return Stream.concat(Arrays.stream(words), Arrays.stream(more)).toArray(String[]::new);
  }

  private static String[] with(String first, String[] words) {
    return with(new String[] {first}, words);
  }

  private static double speed(JsonNode json, int test) {
    return json.at("/tests/" + test + "/tokens_per_second").asDouble();
  }

  private static void assertWellFormed(Path svg) throws IOException {
    assertThat(Files.readString(svg)).contains("pp3 -O0", "tg2 -O2", "±");
    try (var in = Files.newInputStream(svg)) {
      DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(in);
    } catch (Exception e) {
      throw new AssertionError(svg + " is no XML", e);
    }
  }

  @Test
  @Tag("torch")
  void profilesAndAllocationsStandAtTheirLines() {
    Run run =
        bench(
            "llama",
            "--config",
            CONFIG,
            "-p",
            "0",
            "-n",
            "3",
            "-r",
            "1",
            "--profile",
            "--allocations");
    assertThat(run.out())
        .contains("1 token after 2 others: ", "models/llama.dune\n", "std/norm.dune\n")
        .containsPattern(
            "[0-9]+\\.[0-9]{3} +[0-9]+\\.[0-9] +[0-9]+  +var x = embed_tokens\\(tokens\\)")
        .containsPattern("1 token after 2 others allocates [1-9][0-9]* tensors, ")
        .containsPattern("std/linear.dune:[0-9]+ +torch.mv +f32\\[");
  }

  @Test
  void randomWeightsNeedMemory() {
    Run run = Run.of("bench", "llama", "--set", "D=65536", "--set", "F=1048576", "--set", "L=64");
    assertThat(run.status()).isEqualTo(2);
    assertThat(run.err()).contains("random weights take ", " of memory are free; ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "-p 0 -n 0 | there is nothing to time: both -p and -n are 0",
        "-p -1     | -p must be 0 or more, not -1",
        "-r 0      | --repetitions must be 1 or more",
        "-p 5 -c 4 | 64 tokens do not fit into a context of 4; --ctx-size makes it larger",
        "--format xml | option '--format': choose md, csv, json",
        "--levels -O1 | --levels compares all levels; leave -O out",
        "--plot x.jpg | a plot is written as SVG or PNG; name it .svg or .png, not `x.jpg`",
        "--profile --format csv | write the results to a file with -o",
        "--config x.json | --config gives sizes in place of --weights, which have their own",
      })
  void saysWhatIsWrong(String options, String message) {
    String[] arguments = ("bench --weights " + TINY + " " + options.strip()).split(" ");
    Run run = Run.of(arguments);
    assertThat(run.status()).isEqualTo(2);
    assertThat(run.err()).contains(message);
  }

  @Test
  void somethingHasToBeNamed() {
    Run run = Run.of("bench", "-p", "1");
    assertThat(run.status()).isEqualTo(2);
    assertThat(run.err()).contains("name a .dune file, a bundle or a folder of weights");
  }

  @Test
  @Tag("torch")
  void aBundleIsPlannedAsItsModelIs() throws IOException {
    String bundle = folder.resolve("tiny.dune.d").toString();
    assertThat(Run.of("build", "-w", TINY, "-o", bundle).status()).isZero();
    var planned = new ArrayList<List<String>>();
    for (String model : List.of(bundle, TINY)) {
      Run run = bench(model, "-p", "3", "-n", "2", "-r", "1", "--format", "json");
      planned.add(new JsonMapper().readTree(run.out()).findValuesAsText("planned_bytes"));
    }
    assertThat(planned.getFirst()).hasSize(2).isEqualTo(planned.getLast());
  }

  @Test
  void aBundleHoldsNoSource() {
    String bundle = folder.resolve("tiny.dune.d").toString();
    assertThat(Run.of("build", "-w", TINY, "-o", bundle).status()).isZero();
    for (String option : List.of("--profile", "--allocations", "--levels")) {
      Run run = Run.of("bench", bundle, option);
      assertThat(run.status()).isEqualTo(2);
      assertThat(run.err()).contains("name the .dune file");
    }
  }
}
