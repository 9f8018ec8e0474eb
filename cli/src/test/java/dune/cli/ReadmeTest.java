package dune.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the README shows is what the commands give.
final class ReadmeTest {
  private static final Path PICTURE = SourceTree.ROOT.resolve("docs/pictures/llama.svg");

  @TempDir Path folder;

  @Test
  void remarksAreThoseOfTheCommand() throws IOException {
    List<String> shown =
        Files.readAllLines(SourceTree.ROOT.resolve("README.md")).stream()
            .filter(line -> line.startsWith("models/llama.dune:"))
            .toList();
    Run run = Run.of("opt", "llama", "--remarks", "-o", folder.resolve("llama.ir").toString());
    assertThat(shown).hasSizeGreaterThan(3);
    assertThat(run.err().lines()).containsAll(shown);
  }

  @Test
  void pictureIsThatOfTheCommand() throws IOException {
    Path drawn = folder.resolve("llama.svg");
    assertThat(Run.of("graph", "llama", "--function", "score", "-o", drawn.toString()).status())
        .isZero();
    String text = Files.readString(drawn);
    if (Boolean.getBoolean("dune.bless")) Files.writeString(PICTURE, text);
    assertThat(text).as("-Ddune.bless=true draws it again").isEqualTo(Files.readString(PICTURE));
  }
}
