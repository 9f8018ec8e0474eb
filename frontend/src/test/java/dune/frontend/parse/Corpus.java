package dune.frontend.parse;

import static org.assertj.core.api.Assertions.assertThat;

import dune.frontend.source.SourceText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Valid programs: a standard library, six architectures, and a file with one of everything.
public final class Corpus {
  private static final Path FOLDER = Path.of("src/test/resources/corpus");

  private Corpus() {}

  public static List<Path> paths() {
    try (var files = Files.list(FOLDER)) {
      var paths = files.filter(path -> path.toString().endsWith(".dune")).sorted().toList();
      assertThat(paths).hasSizeGreaterThan(15);
      return paths;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static SourceText read(Path path) {
    try {
      return SourceText.of(path.getFileName().toString(), Files.readString(path));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static List<SourceText> sources() {
    return paths().stream().map(Corpus::read).toList();
  }
}
