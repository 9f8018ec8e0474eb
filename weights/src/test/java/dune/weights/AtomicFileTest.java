package dune.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AtomicFileTest {
  private static final byte[] TEXT = "new".getBytes(StandardCharsets.UTF_8);

  @TempDir Path folder;

  @Test
  void aFormerFileIsReplaced() throws IOException {
    Path file = Files.writeString(folder.resolve("a"), "former");
    AtomicFile.write(file, TEXT);
    assertThat(file).hasContent("new");
    assertThat(folder.toFile().list()).containsExactly("a");
  }

  @Test
  void aLinkStaysALink() throws IOException {
    Path file = Files.writeString(folder.resolve("a"), "former");
    Path link = Files.createSymbolicLink(folder.resolve("link"), file);
    AtomicFile.write(link, TEXT);
    assertThat(link).isSymbolicLink();
    assertThat(file).hasContent("new");
  }

  @Test
  void aDeviceIsNotReplacedByAFile() {
    // A device of no use to anybody, in case this test is right to be afraid.
    Path device = Path.of("/proc/self/fd/0");
    Assumptions.assumeTrue(
        Files.exists(device) && !Files.isRegularFile(device), "skipped: no input that is no file");
    assertThatThrownBy(() -> AtomicFile.write(device, TEXT))
        .isInstanceOf(EnvironmentFailure.class)
        .hasMessageContaining("it is not an ordinary file; name another");
  }

  @Test
  void ourOwnMistakesLeaveNothingEither() {
    assertThatThrownBy(
            () ->
                AtomicFile.write(
                    folder.resolve("a"),
                    channel -> {
                      throw new IllegalStateException("ours");
                    }))
        .isInstanceOf(IllegalStateException.class);
    assertThat(folder).isEmptyDirectory();
  }
}
