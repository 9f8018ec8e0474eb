package dune.frontend.parse;

import static org.assertj.core.api.Assertions.assertThat;

import dune.frontend.diagnostic.Colour;
import dune.frontend.diagnostic.Diagnostics;
import dune.frontend.diagnostic.TextRenderer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CorpusTest {
  private static final boolean BLESS = Boolean.getBoolean("dune.bless");

  static List<Path> corpus() {
    return Corpus.paths();
  }

  @ParameterizedTest
  @MethodSource("corpus")
  void parsesWithoutReports(Path path) {
    var diagnostics = new Diagnostics();
    var file = Parsing.parse(Corpus.read(path), diagnostics);
    assertThat(TextRenderer.render(diagnostics.list(), Colour.PLAIN)).isEmpty();
    assertThat(file.definitions()).isNotEmpty();
  }

  /// The outlines of two files are kept: they show every construct, and what precedence and
  /// newlines make of it.
  @ParameterizedTest
  @MethodSource("outlined")
  void hasTheOutline(String name) throws IOException {
    var file =
        Parsing.parse(Corpus.read(Path.of("src/test/resources/corpus", name)), new Diagnostics());
    var golden = Path.of("src/test/resources/outlines", name.replace(".dune", ".txt"));
    if (BLESS) {
      Files.createDirectories(golden.getParent());
      Files.writeString(golden, Outline.of(file));
    }
    assertThat(Outline.of(file))
        .as("-Ddune.bless=true rewrites " + golden)
        .isEqualTo(Files.readString(golden));
  }

  static List<String> outlined() {
    return List.of("everything.dune", "attention.dune");
  }
}
