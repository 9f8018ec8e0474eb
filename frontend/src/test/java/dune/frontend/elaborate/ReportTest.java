package dune.frontend.elaborate;

import static org.assertj.core.api.Assertions.assertThat;

import dune.frontend.diagnostic.Colour;
import dune.frontend.diagnostic.TextRenderer;
import dune.frontend.testkit.Checking;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What an author reads: mistakes that people make in real models, as `dunec check` prints them.
final class ReportTest {
  private static final Path FOLDER =
      Path.of(System.getProperty("dune.root", "..")).resolve("frontend/src/test/resources/reports");

  static List<Path> files() {
    try (var files = Files.list(FOLDER)) {
      return files.filter(file -> file.toString().endsWith(".dune")).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @MethodSource("files")
  void readsAsBefore(Path file) throws IOException {
    String name = file.getFileName().toString();
    var diagnostics = Checking.check(name, Files.readAllBytes(file)).list();
    assertThat(diagnostics).isNotEmpty();
    String report =
        TextRenderer.render(diagnostics, Colour.PLAIN) + TextRenderer.summary(diagnostics) + "\n";
    Path expected = file.resolveSibling(name.replace(".dune", ".txt"));
    if (Boolean.getBoolean("dune.bless")) Files.writeString(expected, report);
    assertThat(report).as("mend with -Ddune.bless=true").isEqualTo(Files.readString(expected));
  }
}
