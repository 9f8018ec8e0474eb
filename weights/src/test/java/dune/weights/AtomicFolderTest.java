package dune.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AtomicFolderTest {
  @TempDir Path parent;

  @Test
  void theFolderAppearsAtOnce() {
    Path target = parent.resolve("new");
    AtomicFolder.write(
        target,
        folder -> {
          Files.writeString(folder.resolve("a"), "text");
          assertThat(target).doesNotExist();
        });
    assertThat(target.resolve("a")).hasContent("text");
    assertThat(parent.toFile().list()).containsExactly("new");
  }

  @Test
  void anEmptyFolderMayBeThere() throws IOException {
    Path target = Files.createDirectory(parent.resolve("empty"));
    AtomicFolder.write(target, folder -> Files.writeString(folder.resolve("a"), "text"));
    assertThat(target.resolve("a")).hasContent("text");
  }

  @Test
  void whatIsThereStays() throws IOException {
    Path target = Files.createDirectory(parent.resolve("full"));
    Files.writeString(target.resolve("mine"), "text");
    assertThatThrownBy(
            () -> AtomicFolder.write(target, folder -> Files.createTempFile(folder, "", "")))
        .isInstanceOf(EnvironmentFailure.class)
        .hasMessageContaining("the folder is not empty; name another, or empty it");
    assertThatThrownBy(() -> AtomicFolder.write(target.resolve("mine"), _ -> {}))
        .hasMessageContaining("a file is there; name another");
    assertThat(target.toFile().list()).containsExactly("mine");
  }

  @Test
  void failuresLeaveNothingBehind() {
    Path target = parent.resolve("new");
    assertThatThrownBy(
            () ->
                AtomicFolder.write(
                    target,
                    folder -> {
                      Files.writeString(folder.resolve("a"), "text");
                      throw new IOException("no space left on device");
                    }))
        .isInstanceOf(EnvironmentFailure.class)
        .hasMessageContaining("no space left on device");
    assertThatThrownBy(() -> AtomicFolder.write(parent.resolve("no/where"), _ -> {}))
        .hasMessageContaining("its folder does not exist; create it");
    assertThat(parent.toFile().list()).isEmpty();
  }

  @Test
  void whatIsAbandonedIsGoneAndStaysSo() throws IOException {
    Path folder = Files.createDirectory(parent.resolve(".new.tmp"));
    Files.writeString(folder.resolve("a"), "text");
    try (var open = Files.newOutputStream(folder.resolve("b"))) {
      AtomicFolder.abandon(folder);
      open.write(1);
    }
    assertThat(parent.toFile().list()).isEmpty();
    assertThatThrownBy(() -> Files.writeString(folder.resolve("c"), "text"))
        .isInstanceOf(NoSuchFileException.class);
    AtomicFolder.abandon(folder);
    assertThat(parent.toFile().list()).isEmpty();
  }
}
