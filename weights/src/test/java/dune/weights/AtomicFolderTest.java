package dune.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
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
  void whatIsReplacedStaysUntilTheNewIsComplete() throws IOException {
    Path target = Files.createDirectory(parent.resolve("model"));
    Files.writeString(target.resolve("old"), "text");
    assertThatThrownBy(
            () ->
                AtomicFolder.replace(
                    target,
                    folder -> {
                      Files.writeString(folder.resolve("new"), "text");
                      throw new IOException("no space left on device");
                    }))
        .isInstanceOf(EnvironmentFailure.class);
    assertThat(target.toFile().list()).containsExactly("old");
    AtomicFolder.replace(
        target,
        folder -> {
          Files.writeString(folder.resolve("new"), "text");
          assertThat(target.resolve("old")).exists();
        });
    assertThat(target.toFile().list()).containsExactly("new");
    assertThat(parent.toFile().list()).containsExactly("model");
  }

  @Test
  void whatIsAbandonedIsGoneAndStaysSo() throws IOException {
    AtomicFolder.Places places = AtomicFolder.Places.beside(parent.resolve("new"));
    Path folder = Files.createDirectory(places.fresh());
    Files.writeString(folder.resolve("a"), "text");
    try (var open = Files.newOutputStream(folder.resolve("b"))) {
      places.abandon();
      open.write(1);
    }
    assertThat(parent.toFile().list()).isEmpty();
    assertThatThrownBy(() -> Files.writeString(folder.resolve("c"), "text"))
        .isInstanceOf(NoSuchFileException.class);
    places.abandon();
    assertThat(parent.toFile().list()).isEmpty();
  }

  @Test
  void whatHasMadeWayComesBackIfTheNewIsAbandoned() throws IOException {
    AtomicFolder.Places places = AtomicFolder.Places.beside(parent.resolve("model"));
    Files.createDirectory(places.fresh());
    Files.writeString(Files.createDirectory(places.old()).resolve("a"), "text");
    places.abandon();
    assertThat(parent.toFile().list()).containsExactly("model");
    assertThat(places.target().resolve("a")).hasContent("text");
  }

  @Test
  void whatHasMadeWayGoesIfTheNewIsInItsPlace() throws IOException {
    AtomicFolder.Places places = AtomicFolder.Places.beside(parent.resolve("model"));
    Files.writeString(Files.createDirectory(places.target()).resolve("new"), "text");
    Files.writeString(Files.createDirectory(places.old()).resolve("a"), "text");
    places.abandon();
    assertThat(parent.toFile().list()).containsExactly("model");
    assertThat(places.target().toFile().list()).containsExactly("new");
  }

  @Test
  @Timeout(60)
  void whoeverIsStoppedSaysNothing() throws IOException, InterruptedException {
    Process writer =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                EndlessWriter.class.getName(),
                parent.resolve("new").toString())
            .redirectErrorStream(true)
            .start();
    try (var said = writer.inputReader()) {
      assertThat(said.readLine()).isEqualTo("writing");
      writer.toHandle().destroy();
      assertThat(said.readLine()).isNull();
    }
    assertThat(writer.waitFor()).isNotZero();
    assertThat(parent.toFile().list()).isEmpty();
  }

  /// Writes until it is stopped.
  static final class EndlessWriter {
    public static void main(String[] arguments) {
      AtomicFolder.write(
          Path.of(arguments[0]),
          folder -> {
            Files.writeString(folder.resolve("a"), "text");
            System.out.println("writing");
            while (true) Files.writeString(folder.resolve("a"), "text");
          });
    }
  }
}
