package dune.frontend.elaborate;

import static org.assertj.core.api.Assertions.assertThat;

import dune.frontend.diagnostic.Colour;
import dune.frontend.diagnostic.Diagnostic;
import dune.frontend.diagnostic.Diagnostics;
import dune.frontend.diagnostic.TextRenderer;
import dune.frontend.source.SourceText;
import dune.frontend.testkit.Checking;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Mistakes that authors make, each beside what is said of it: `NAME.dune` and `NAME.txt`, and
/// `NAME.json` where a `config.json` takes part.
final class MistakeTest {
  private static final boolean BLESS = Boolean.getBoolean("dune.bless");
  private static final Path FOLDER =
      Path.of(System.getProperty("dune.root", ".."))
          .resolve("frontend/src/test/resources/mistakes");

  static List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".dune"))
          .map(name -> name.substring(0, name.length() - ".dune".length()))
          .sorted()
          .toList();
    }
  }

  private static List<Diagnostic> check(String name) throws IOException {
    byte[] bytes = Files.readAllBytes(FOLDER.resolve(name + ".dune"));
    Path config = FOLDER.resolve(name + ".json");
    Diagnostics found =
        Files.exists(config)
            ? Checking.elaborate(name + ".dune", bytes, Files.readString(config))
            : Checking.check(name + ".dune", bytes);
    return found.list();
  }

  @ParameterizedTest
  @MethodSource("names")
  void says(String name) throws IOException {
    var golden = FOLDER.resolve(name + ".txt");
    String said = TextRenderer.render(check(name), Colour.PLAIN);
    if (BLESS) Files.writeString(golden, said);
    assertThat(said).as("-Ddune.bless=true rewrites " + golden).isEqualTo(Files.readString(golden));
  }

  /// A name of the compiler's own, such as a marked or numbered dimension, means nothing to anyone.
  @ParameterizedTest
  @MethodSource("names")
  void speaksOfTheAuthorsNames(String name) throws IOException {
    for (Diagnostic diagnostic : check(name)) {
      assertThat(diagnostic.span().source().name()).isEqualTo(name + ".dune");
      String text =
          diagnostic.message() + diagnostic.labels() + diagnostic.notes() + diagnostic.helps();
      assertThat(text).doesNotContainPattern("\\w'(?!s )").doesNotContainPattern("\\.{3}\\d");
    }
  }

  @Test
  void mistakesDoNotHideOneAnother() throws IOException {
    assertThat(check("ten_in_one_file"))
        .extracting(diagnostic -> diagnostic.code() + " " + diagnostic.span().line())
        .hasSizeGreaterThanOrEqualTo(10)
        .doesNotHaveDuplicates();
  }

  @Test
  void whatFailsInTheLibraryIsShownAtTheCall() {
    var text =
        """
        import std.{Attention}
        block Layer() {
          attn: Attention(96, 12, 5, 8)
          forward(x: [B, T, 96]) -> [B, T, 96] { attn(x) }
        }
        """;
    var found = Checker.check(SourceText.of("layer.dune", text), Checking.SOURCES).list();
    assertThat(found).hasSize(1);
    assertThat(found.getFirst().span()).hasToString("layer.dune:4:42");
    assertThat(found.getFirst().labels())
        .extracting(label -> label.span().source().name())
        .contains("std/attention.dune");
  }
}
