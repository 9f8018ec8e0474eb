package dune.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/// What holds for every command: help, version, usage errors, exit statuses.
final class DunecTest {
  private static Stream<CommandLine> commands() {
    Console console = new Console(System.in, System.out, System.err, Map.of());
    CommandLine root = Dunec.commandLine(console);
    return Stream.concat(Stream.of(root), root.getSubcommands().values().stream());
  }

  @TestFactory
  Stream<DynamicTest> everyCommandExplainsItself() {
    return commands()
        .map(CommandLine::getCommandSpec)
        .map(
            spec ->
                DynamicTest.dynamicTest(
                    spec.qualifiedName(),
                    () -> {
                      List<String> arguments =
                          new ArrayList<>(List.of(spec.qualifiedName().split(" ")));
                      arguments.removeFirst();
                      arguments.add("--help");
                      Run run = Run.of(arguments.toArray(String[]::new));
                      assertThat(run.status()).isZero();
                      assertThat(run.err()).isEmpty();
                      assertThat(run.out()).startsWith("Usage: " + spec.qualifiedName());
                      assertThat(spec.usageMessage().description()).isNotEmpty();
                      assertThat(spec.options())
                          .allSatisfy(option -> assertThat(option.description()).isNotEmpty());
                      assertThat(spec.positionalParameters())
                          .allSatisfy(value -> assertThat(value.description()).isNotEmpty());
                    }));
  }

  @Test
  void versionGoesToStandardOutput() {
    Run run = Run.of("--version");
    assertThat(run.status()).isZero();
    assertThat(run.out()).matches("dunec \\d+\\.\\d+\\.\\d+\\S*\nJava \\S+, .*\n");
    assertThat(run.err()).isEmpty();
  }

  @Test
  void aCommandIsNeeded() {
    assertThat(Run.of())
        .isEqualTo(new Run(2, "", "dunec: a command is missing\ndunec: see `dunec --help`\n"));
  }

  @Test
  void unknownCommandsAndOptionsNameTheNearest() {
    assertThat(Run.of("complation").err())
        .startsWith("dunec: unknown command `complation`; did you mean `completion`?\n");
    assertThat(Run.of("completion", "--hlp").err())
        .startsWith("dunec: unknown option `--hlp`; did you mean `--help`?\n")
        .endsWith("dunec: see `dunec completion --help`\n");
    assertThat(Run.of("completion", "--entirely-else"))
        .isEqualTo(
            new Run(
                2,
                "",
                "dunec: unknown option `--entirely-else`\ndunec: see `dunec completion --help`\n"));
    assertThat(Run.of("completion", "more").err()).contains("unexpected argument `more`");
  }

  @Test
  void environmentVariablesStandInForOptions() {
    assertThat(EnvironmentDefaults.variable("--max-tokens")).isEqualTo("DUNE_MAX_TOKENS");
  }

  @Test
  void completionIsAScriptThatBashUnderstands(@TempDir Path folder)
      throws IOException, InterruptedException {
    Run run = Run.of("completion");
    assertThat(run.status()).isZero();
    assertThat(run.out()).contains("completion");
    Path script = Files.writeString(folder.resolve("script"), run.out());
    Process bash = new ProcessBuilder("bash", "-n", script.toString()).inheritIO().start();
    assertThat(bash.waitFor()).isZero();
  }

  @Test
  void bugsAreOwnedUpToWithoutATrace() {
    Run run = report(Map.of(), new IllegalStateException("pass `fuse` lost %3\nand more"));
    assertThat(run.status()).isEqualTo(70);
    assertThat(run.err())
        .isEqualTo(
            """
            dunec: a bug in dune, not a mistake of yours: IllegalStateException: pass `fuse` lost %3
            dunec: set DUNE_DEBUG=1 to see where, and report it
            """);
  }

  @Test
  void tracesAreShownOnRequest() {
    Run run = report(Map.of("DUNE_DEBUG", "1"), new IllegalStateException("lost"));
    assertThat(run.err()).contains("at dune.cli.DunecTest").doesNotContain("set DUNE_DEBUG");
  }

  @Test
  void surroundingsAreNoBugs() {
    assertThat(report(Map.of(), new IOException("No space left on device")))
        .isEqualTo(new Run(2, "", "dunec: cannot read or write: No space left on device\n"));
    assertThat(report(Map.of(), new OutOfMemoryError("Java heap space")).status()).isEqualTo(2);
  }

  @Test
  void outputThatCannotBeWrittenIsNoSuccess() {
    var err = new ByteArrayOutputStream();
    var full =
        new OutputStream() {
          @Override
          public void write(int one) throws IOException {
            throw new IOException("No space left on device");
          }
        };
    Console console = new Console(System.in, Console.utf8(full), Console.utf8(err), Map.of());
    assertThat(Dunec.run(console, "explain")).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8))
        .isEqualTo(
            "dunec: cannot write to standard output: nobody reads it any more, or its disk is"
                + " full\n");
  }

  private static Run report(Map<String, String> environment, Throwable failure) {
    var err = new ByteArrayOutputStream();
    Console console = new Console(System.in, System.out, Console.utf8(err), environment);
    int status = new Failures(console).report(failure);
    return new Run(status, "", err.toString(StandardCharsets.UTF_8));
  }
}
