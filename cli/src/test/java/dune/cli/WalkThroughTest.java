package dune.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Follows the last chapter of `docs/language.md` to the letter: writes its file, runs its
/// commands, makes its changes.
@Tag("torch")
final class WalkThroughTest {
  private static final Path DOCS = SourceTree.ROOT.resolve("docs");
  private static final Pattern STEP = Pattern.compile("(?ms)^```(dune|diff|console)\\n(.*?)^```$");

  @TempDir Path folder;

  private static String chapter() throws IOException {
    String text = Files.readString(DOCS.resolve("language.md"));
    return text.substring(text.indexOf("## Writing a new architecture"));
  }

  @Test
  void leadsToAVerifiedModel() throws IOException {
    Path weights = Files.createDirectory(folder.resolve("gptj"));
    for (String name : List.of("config.json", "model.safetensors", "golden.safetensors")) {
      Files.copy(DOCS.resolve("examples/gptj").resolve(name), weights.resolve(name));
    }
    List<MatchResult> steps = STEP.matcher(chapter()).results().toList();
    assertThat(steps).hasSizeGreaterThan(6);
    Path model = folder.resolve("gptj.dune");
    for (MatchResult step : steps) {
      switch (step.group(1)) {
        case "dune" -> Files.writeString(model, step.group(2));
        case "diff" -> Files.writeString(model, changed(Files.readString(model), step.group(2)));
        default -> console(step.group(2));
      }
    }
    Files.copy(model, weights.resolve("gptj.dune"));
    Run found = Run.of("check", "--weights", weights.toString());
    assertThat(found.status()).as(found.err()).isZero();
    assertThat(Run.of("fmt", "--check", model.toString()).status()).isZero();
  }

  private static String changed(String text, String diff) {
    String before = side(diff, '-');
    assertThat(text).containsOnlyOnce(before);
    return text.replace(before, side(diff, '+'));
  }

  /// The lines of one side of a change, and those around it.
  private static String side(String diff, char sign) {
    return diff.lines()
        .filter(line -> line.charAt(0) == sign || line.charAt(0) == ' ')
        .map(line -> line.substring(1) + "\n")
        .collect(Collectors.joining());
  }

  /// Runs each command of a block, and compares what it says with the lines that follow: `...`
  /// stands for anything.
  private void console(String block) {
    for (String part : block.split("(?m)^\\$ dunec ")) {
      if (part.isEmpty()) continue;
      String command = part.lines().findFirst().orElseThrow();
      String expected = part.lines().skip(1).map(String::strip).collect(Collectors.joining("\n"));
      Run run = Run.of(Arrays.stream(command.split(" ")).map(this::inside).toArray(String[]::new));
      String said =
          Stream.of(run.out(), run.err())
              .flatMap(String::lines)
              .map(line -> line.replace(folder + "/", "").strip())
              .collect(Collectors.joining("\n"));
      String pattern =
          Arrays.stream(expected.split(Pattern.quote("..."), -1))
              .map(Pattern::quote)
              .collect(Collectors.joining("(?s:.*)"));
      assertThat(said).as(command).matches(Pattern.compile(pattern));
    }
  }

  /// An argument, as it would be in the folder of the reader.
  private String inside(String argument) {
    return argument.startsWith("gptj") ? folder.resolve(argument).toString() : argument;
  }
}
