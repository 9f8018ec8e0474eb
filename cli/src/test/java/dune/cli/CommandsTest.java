package dune.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dune.ir.text.Parser;
import dune.ir.text.Printer;
import dune.passes.Pipelines;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What commands print, as far as no native library is needed.
final class CommandsTest {
  private static final String LLAMA =
      SourceTree.ROOT.resolve("models-dsl/src/main/resources/dune/models/llama.dune").toString();
  private static final String TINY = Shared.TINY.toString();

  @TempDir Path folder;

  @Test
  void checkFindsNoMistakesInOurModels() {
    Run run = Run.of("check", LLAMA);
    assertThat(run).isEqualTo(new Run(0, "", "dunec: " + LLAMA + ": no mistakes\n"));
  }

  @Test
  void ourModelsHaveNames() throws IOException {
    assertThat(Run.of("check", "llama").err()).isEqualTo("dunec: models/llama.dune: no mistakes\n");
    assertThat(Run.of("check", "lama").err())
        .contains("no model of this name comes with dune; did you mean `llama`?");
    Files.createDirectory(folder.resolve("llama"));
    assertThat(Run.of("check", folder.resolve("llama").toString()).status()).isEqualTo(2);
  }

  @Test
  void checkListsEveryTensor() {
    Run run = Run.of("check", LLAMA, "--weights", TINY);
    assertThat(run.status()).isZero();
    assertThat(run.out().lines())
        .hasSizeGreaterThan(10)
        .allMatch(line -> line.matches("(ok|tied|ignored) .*"));
    assertThat(run.err()).contains("ok");
  }

  @Test
  void theModelFollowsFromTheWeights() {
    assertThat(Run.of("check", "--weights", TINY).out())
        .isEqualTo(Run.of("check", LLAMA, "--weights", TINY).out());
  }

  @Test
  void irParsesBackBeforeAndAfterEveryPass() {
    assertParsesBack(Run.of("ir", "--weights", TINY));
    for (String pass : Pipelines.names()) {
      assertParsesBack(Run.of("ir", "--weights", TINY, "--before", pass));
      assertParsesBack(Run.of("ir", "--weights", TINY, "--after", pass));
    }
  }

  private static void assertParsesBack(Run run) {
    assertThat(run.status()).as(run.err()).isZero();
    assertThat(run.err()).isEmpty();
    assertThat(Printer.print(Parser.parse(run.out()))).isEqualTo(run.out());
  }

  @Test
  void unknownPassesNameTheNearest() {
    Run run = Run.of("ir", "--weights", TINY, "--after", "simplfy");
    assertThat(run.status()).isEqualTo(2);
    assertThat(run.err()).contains("there is no pass `simplfy`; did you mean `simplify`?");
  }

  @Test
  void parametersCanBeSet() {
    assertThat(Run.of("ir", LLAMA, "--set", "L=1").out())
        .contains("layers.0")
        .doesNotContain("layers.1");
    assertThat(Run.of("ir", LLAMA, "--set", "NO=1").status()).isEqualTo(1);
  }

  @Test
  void checkSumsUp() throws IOException {
    Run run = Run.of("check", LLAMA, "--summary", "--set", "L=2", "--ctx-size", "1000");
    assertThat(run.status()).as(run.err()).isZero();
    assertThat(run.out())
        .contains("layers.0 .. 1")
        .contains("total")
        .contains("parameters  666,914,816\n")
        .contains("2.668 GB in f32, 1.334 GB in bf16 or f16")
        .contains("for 1,000 tokens");
    Run json = Run.of("check", "--weights", TINY, "--summary", "--format", "json");
    assertThat(json.status()).as(json.err()).isZero();
    JsonNode summary = new JsonMapper().readTree(json.out());
    assertThat(summary.at("/parameters").asLong())
        .isEqualTo(summary.at("/weight_bytes/f32").asLong() / 4)
        .isEqualTo(summary.at("/active_parameters").asLong())
        .isPositive();
    assertThat(summary.at("/context").asLong()).isEqualTo(128);
    assertThat(summary.at("/blocks/1/name").asText()).isEqualTo("layers.0 .. 2");
    assertThat(summary.at("/flops_per_token/total").asLong()).isPositive();
  }

  @Test
  void checkHoldsSizesThatAreSet() {
    assertThat(Run.of("check", LLAMA, "--set", "D=64", "--set", "H=4").status()).isZero();
    for (String option : new String[] {"--summary", "--format=text"}) {
      Run run = Run.of("check", LLAMA, option, "--set", "D=63");
      assertThat(run.status()).isEqualTo(1);
      assertThat(run.out()).isEmpty();
      assertThat(run.err()).contains("`D / H` is not a whole number where D is 63");
    }
    Run json = Run.of("check", LLAMA, "--summary", "--format", "json", "--set", "D=63");
    assertThat(json.out()).startsWith("{\"diagnostics\"");
  }

  @Test
  void aParameterThatIsSetIsQuotedAsItWasWritten() {
    Run run = Run.of("check", LLAMA, "--set", "D=abc");
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.err())
        .contains("nothing is called `abc` here", " --> --set D:1:1\n", "1 | abc\n");
    assertThat(Run.of("check", LLAMA, "--set", "D=1 +").err()).contains("1 | 1 +\n");
    assertThat(Run.of("check", LLAMA, "--set", "D").err())
        .contains("should be in NAME=VALUE format but was D");
  }

  @Test
  void aFileForOtherWeightsIsSaidFirst() {
    String mistral = LLAMA.replace("llama", "mistral");
    assertThat(Run.of("check", mistral, "--weights", TINY).err())
        .startsWith("dunec: config.json is of `LlamaForCausalLM`, and ")
        .contains("mistral.dune reads checkpoints of MistralForCausalLM; without a file, ");
    assertThat(Run.of("check", LLAMA, "--weights", TINY).err()).doesNotContain("config.json is of");
  }

  @Test
  void everyCodeIsListed() {
    Run run = Run.of("explain");
    assertThat(run.status()).isZero();
    assertThat(run.out().lines())
        .hasSizeGreaterThan(40)
        .allMatch(line -> line.matches("[EW]\\d{4}  .+"));
  }

  @Test
  void bundlesAreTheSameToTheByte() throws Exception {
    Path one = folder.resolve("one.dune.d");
    Path other = folder.resolve("other.dune.d");
    assertThat(Run.of("build", "-w", TINY, "-o", one.toString()).out()).isEmpty();
    assertThat(Run.of("build", "-w", TINY, "-o", other.toString()).status()).isZero();
    assertThat(other.resolve("model.pt")).hasSameBinaryContentAs(one.resolve("model.pt"));
  }
}
