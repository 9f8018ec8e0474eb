package dune.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dune.ir.Program;
import dune.ir.text.Parser;
import dune.ir.text.Printer;
import dune.passes.Optimization;
import dune.passes.Pipelines;
import dune.passes.pass.Observer;
import dune.passes.pass.Pass;
import dune.passes.pass.PassException;
import dune.passes.pass.PassManager;
import dune.passes.pass.Reproducer;
import dune.passes.time.StepOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// `dunec opt`: intermediate representation in, intermediate representation out.
final class OptTest {
  private static final String WRITTEN =
      """
      program P

      // A comment of its own.
      function forward(%x tokens: f32[B, T]) {
        %y: f32[B, T] = neg %x
        %z: f32[B, T] = neg %y
        return logits=%z
      }
      """;

  @TempDir Path folder;

  private String file(String text) throws IOException {
    return Files.writeString(folder.resolve("p.ir"), text).toString();
  }

  @Test
  void onePassRuns() throws IOException {
    Run run = Run.of("opt", file(WRITTEN), "--passes", "simplify");
    assertThat(run.status()).as(run.err()).isZero();
    assertThat(run.out()).contains("return logits=%0").doesNotContain("neg");
  }

  @Test
  void stepByStepIsTheSameAsAtOnce() throws IOException {
    Run whole = Run.of("opt", "llama", "--passes", "simplify,derive");
    assertThat(whole.status()).as(whole.err()).isZero();
    Path between = folder.resolve("between.ir");
    Run first = Run.of("opt", "llama", "--passes", "simplify", "-o", between.toString());
    assertThat(first).isEqualTo(new Run(0, "", ""));
    assertThat(Run.of("opt", between.toString(), "--passes", "derive").out())
        .isEqualTo(whole.out());
  }

  @Test
  void levelNamesThePasses() {
    Run written = Run.of("opt", "llama", "--set", "L=1", "-O0");
    assertThat(written.status()).as(written.err()).isZero();
    assertThat(written.out()).contains("function step").doesNotContain("attention operands");
    assertThat(Run.of("opt", "llama", "--set", "L=1", "-O2").out()).contains("attention operands");
    assertThat(Run.of("opt", "llama", "-O3"))
        .satisfies(
            run -> assertThat(run.status()).isEqualTo(2),
            run -> assertThat(run.err()).contains("there is no level `3`; it is -O0, -O1 or -O2"));
    assertThat(Run.of("opt", "llama", "-O1", "--passes", "simplify"))
        .satisfies(
            run -> assertThat(run.status()).isEqualTo(2),
            run -> assertThat(run.err()).contains("give one of them"));
  }

  @Test
  void allPassesRunIfNoneIsNamed() {
    Run all = Run.of("opt", "llama", "--set", "L=1", "--dtype", "bf16");
    String last = Pipelines.names().getLast();
    assertThat(all.status()).as(all.err()).isZero();
    assertThat(all.out())
        .contains(" = attention operands=")
        .isEqualTo(Run.of("ir", "llama", "--set", "L=1", "--dtype", "bf16", "--after", last).out());
  }

  @Test
  void remarksAreSaidOnceForEqualLayersAtTheLineOfTheModel() {
    Run run = Run.of("opt", "llama", "--set", "L=3", "--remarks", "-o", folder + "/x.ir");
    assertThat(run.err().lines().toList())
        .anyMatch(
            line ->
                line.matches(
                    "models/llama\\.dune:\\d+: fused SwiGLU gate \\(\\d+ operations, saves \\d+ \\*"
                        + " B \\* T bytes\\), in 3 blocks \\[std/mlp\\.dune:\\d+]"))
        .anyMatch(line -> line.contains("joined 3 products of one input (q_proj, k_proj, v_proj)"))
        .doesNotHaveDuplicates();
  }

  @Test
  void theModelMayFollowAnOptionWhoseValueIsMissing() {
    Run run =
        Run.of("opt", "--remarks", "--print-after", "gpt2", "--set", "L=1", "-o", folder + "/x.ir");
    assertThat(run.status()).isZero();
    assertThat(run.err()).contains("fused attention");
    assertThat(run.out()).contains("after simplify", "after schedule");
  }

  @Test
  void remarksAreAlsoForPrograms() throws IOException {
    Run run = Run.of("opt", "gpt2", "--set", "L=1", "--remarks=json", "-o", folder + "/x.ir");
    JsonNode remarks = new ObjectMapper().readTree(run.out());
    assertThat(remarks.findValuesAsText("text"))
        .anyMatch(text -> text.startsWith("fused layer norm with residual ("));
    assertThat(remarks.get(0).get("place").asText()).startsWith("models/gpt2.dune:");
  }

  @Test
  void whatWasFusedIsNotSimplified() throws IOException {
    String fused = folder.resolve("fused.ir").toString();
    assertThat(Run.of("opt", "llama", "--set", "L=1", "-o", fused).status()).isZero();
    Run run = Run.of("opt", fused, "--passes", "simplify-derived");
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.err())
        .contains(
            "`simplify-derived` takes what was derived, and would get what was fused; run it before"
                + " `fuse`");
  }

  @Test
  void printsAfterPassesAndTimesThem() throws IOException {
    Run run =
        Run.of("opt", file(WRITTEN), "--passes", "simplify", "--print-after", "--time-passes");
    assertThat(run.status()).as(run.err()).isZero();
    assertThat(run.out()).startsWith("// after simplify\nprogram P").contains("// result\n");
    assertThat(run.err()).matches("simplify +[0-9.]+ ms\n");
    assertThat(Run.of("opt", file(WRITTEN), "--passes", "simplify", "--print-after=derive").out())
        .startsWith("// result\n");
  }

  @Test
  void saysAfterEachPassThatItIsVerified() throws IOException {
    Run run = Run.of("opt", file(WRITTEN), "--verify-each");
    assertThat(run.status()).as(run.err()).isZero();
    List<String> lines = run.err().lines().toList();
    assertThat(lines).allMatch(line -> line.matches("verified after [a-z-]+: [0-9]+ operations"));
    assertThat(lines.stream().map(line -> line.replaceAll("verified after |:.*", "")))
        .containsExactlyElementsOf(Pipelines.names());
    assertThat(Run.of("opt", file(WRITTEN), "--passes", "derive", "--verify-each").err())
        .isEqualTo("verified after derive: 4 operations\n");
    assertThat(Run.of("opt", file(WRITTEN)).err()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--set D=4",
        "--dtype bf16",
        "--config x.json",
        "--weights folder",
        "-w folder --set D=4"
      })
  void sizesBelongToModels(String options) throws IOException {
    var arguments = new ArrayList<>(List.of("opt", file(WRITTEN)));
    arguments.addAll(List.of(options.split(" ")));
    Run run = Run.of(arguments.toArray(String[]::new));
    assertThat(run.status()).isEqualTo(2);
    assertThat(run.out()).isEmpty();
    assertThat(run.err())
        .contains("p.ir has its sizes and types already, so ")
        .contains(options.contains("-w ") ? "--weights, --set" : options.split(" ")[0])
        .contains(" would do nothing; give it to `dunec ir`");
  }

  @Test
  void sizesInTheEnvironmentAreForOtherCommands() throws IOException {
    Run run = Run.of("", Map.of("DUNE_DTYPE", "bf16"), "opt", file(WRITTEN));
    assertThat(run.status()).as(run.err()).isZero();
  }

  @Test
  void unknownPassesAreNamed() throws IOException {
    Run run = Run.of("opt", file(WRITTEN), "--passes", "simplfy");
    assertThat(run.status()).isEqualTo(2);
    assertThat(run.err())
        .contains("there is no pass `simplfy`; did you mean `simplify`?")
        .contains(String.join(", ", Pipelines.names()));
  }

  @Test
  void passesOfAnotherStageSayWhatToRunFirst() throws IOException {
    Run run = Run.of("opt", file(WRITTEN), "--passes", "last-step");
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.err()).contains("`last-step` takes what was derived").contains("`derive` first");
  }

  @Test
  void aProgramOfNoStageIsRefused() throws IOException {
    String text = WRITTEN.replace("%z: f32[B, T] = neg %y", "%z: int[T] = position axis=T");
    Run run = Run.of("opt", file(text.replace("forward", "score")), "--passes", "last-step");
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.err()).contains("a program without `forward` must not hold `position");
  }

  @Test
  void mistakesOfTextHaveALine() throws IOException {
    String name = folder.resolve("p.ir").toString();
    Run syntax = Run.of("opt", file(WRITTEN.replace("neg %x", "nag %x")));
    assertThat(syntax.status()).isEqualTo(1);
    assertThat(syntax.err()).contains(name + ":5:19: expected an operation, found `nag`");
    Run type = Run.of("opt", file(WRITTEN.replace("%z: f32[B, T]", "%z: f32[B]")));
    assertThat(type.status()).isEqualTo(1);
    assertThat(type.err()).contains(name + ":6: function forward: ");
  }

  @Test
  void aFailingPassLeavesWhatItWasGiven() throws IOException {
    Program program = Parser.parse(WRITTEN);
    Pass pass = Pipelines.named(List.of("simplify"), new StepOptions(64, 16)).getFirst();
    var failure =
        new PassException(
            "`simplify` failed", new IllegalStateException(), new Reproducer(pass, program));
    var err = new ByteArrayOutputStream();
    Console console = new Console(System.in, System.out, Console.utf8(err), Map.of());
    assertThat(new Failures(console, folder).report(failure)).isEqualTo(70);
    Path left = folder.resolve("P.simplify.reproducer.ir");
    assertThat(err.toString(StandardCharsets.UTF_8)).contains(left.toString());
    String text = Files.readString(left);
    assertThat(text)
        .startsWith("// dunec opt P.simplify.reproducer.ir --passes simplify --ctx-size 64\n");
    assertThat(Printer.print(Parser.parse(text))).isEqualTo(Printer.print(program));
  }

  /// Mistral has a window, so that its caches depend on context and chunk.
  @ParameterizedTest
  @CsvSource({"64, 16", "64, 64", "9000, 300"})
  void theCommandOfAReproducerDoesTheSame(int context, int chunk) throws IOException {
    Run written = Run.of("ir", "mistral", "--set", "L=1");
    assertThat(written.status()).as(written.err()).isZero();
    Program current = Parser.parse(written.out());
    for (Pass pass : Pipelines.of(Optimization.O2, new StepOptions(context, chunk))) {
      var reproducer = new Reproducer(pass, current);
      current = new PassManager(List.of(pass), Observer.NONE).run(current);
      Path left = Files.writeString(folder.resolve(reproducer.fileName()), reproducer.text());
      String[] words = reproducer.command().split(" ");
      assertThat(words[2]).isEqualTo(reproducer.fileName());
      words[2] = left.toString();
      Run again = Run.of(Arrays.copyOfRange(words, 1, words.length));
      assertThat(again.status()).as(again.err()).isZero();
      assertThat(again.out()).as(reproducer.command()).isEqualTo(Printer.print(current));
      if (pass.name().equals("derive")) {
        Run bare = Run.of("opt", left.toString(), "--passes", "derive");
        assertThat(bare.out()).isNotEqualTo(again.out());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"--ctx-size", "--chunk"})
  void nothingIsHeldByLessThanOneToken(String option) throws IOException {
    Run run = Run.of("opt", file(WRITTEN), option, "0");
    assertThat(run.status()).isEqualTo(2);
    assertThat(run.err()).contains(option + " must be 1 or more");
  }
}
