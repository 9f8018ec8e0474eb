package dune.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// The script `dunec` in a tree of its own, with a Maven and a JDK that only write down how they
/// were called.
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the launcher is a POSIX shell script")
final class LauncherTest {
  private static final String MAVEN =
      """
      #!/bin/sh
      echo "$@" >> "$TREE/builds"
      sleep 0.3
      [ -f "$TREE/broken" ] && { echo "[ERROR] no luck"; exit 1; }
      mkdir -p "$TREE/cli/target"
      : > "$TREE/cli/target/dune-cli-1.jar"
      printf libraries > "$TREE/cli/target/classpath"
      """;

  private static final String JAVA =
      """
      #!/bin/sh
      while [ "$1" != -cp ]; do shift; done
      echo "classpath $2"
      shift 2
      for argument; do echo "[$argument]"; done
      cat
      exit 7
      """;

  @TempDir Path tree;
  private Path script;
  private Path jdk;
  private Path source;

  @BeforeEach
  void plant() throws IOException {
    tree = tree.toRealPath();
    script = executable("dunec", Files.readString(SourceTree.ROOT.resolve("dunec")));
    source = write("cli/src/main/java/Dunec.java", "");
    write("pom.xml", "");
    executable("tools/mvn", MAVEN);
    jdk = tree.resolve("jdk");
    executable("jdk/bin/java", JAVA);
    executable("jdk/bin/javac", "");
    write("jdk/release", "IMPLEMENTOR=\"us\"\nJAVA_VERSION=\"25.0.3\"\n");
  }

  private Path write(String name, String text) throws IOException {
    Path file = tree.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
    Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(60)));
    return file;
  }

  private Path executable(String name, String text) throws IOException {
    Path file = write(name, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    return file;
  }

  private Process start(Path command, String... arguments) throws IOException {
    List<String> line = new ArrayList<>(List.of(command.toString()));
    line.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(line).directory(tree.getRoot().toFile());
    builder.environment().put("TREE", tree.toString());
    builder.environment().put("JAVA_HOME", jdk.toString());
    builder.environment().remove("DUNE_JAVA_OPTIONS");
    builder.environment().merge("PATH", tree.resolve("tools") + ":", (path, ours) -> ours + path);
    Process process = builder.start();
    try (var in = process.outputWriter()) {
      in.write("input\n");
    }
    return process;
  }

  private Run run(Path command, String... arguments) throws IOException, InterruptedException {
    Process process = start(command, arguments);
    String out = new String(process.getInputStream().readAllBytes());
    String err = new String(process.getErrorStream().readAllBytes());
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    return new Run(process.exitValue(), out, err);
  }

  private List<String> builds() throws IOException {
    Path log = tree.resolve("builds");
    return Files.exists(log) ? Files.readAllLines(log) : List.of();
  }

  @Test
  void buildsOnceAndHandsEverythingOn() throws IOException, InterruptedException {
    Run first = run(script, "run", "two words", "");
    assertThat(first.err()).startsWith("dunec: building").hasLineCount(1);
    assertThat(first.status()).isEqualTo(7);
    assertThat(first.out())
        .isEqualTo(
            "classpath %s/cli/target/dune-cli-1.jar:libraries\n".formatted(tree)
                + "[dune.cli.Dunec]\n[run]\n[two words]\n[]\ninput\n");
    Run second = run(script, "run", "two words", "");
    assertThat(second).isEqualTo(new Run(7, first.out(), ""));
    assertThat(builds()).hasSize(1);
  }

  @Test
  void changedSourcesAreBuilt() throws IOException, InterruptedException {
    run(script);
    Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(1)));
    run(script);
    assertThat(builds()).hasSize(2);
  }

  @Test
  void deletedSourcesAreNoticed() throws IOException, InterruptedException {
    Path other = write("cli/src/main/java/Other.java", "");
    run(script);
    Thread.sleep(20);
    Files.delete(other);
    run(script);
    assertThat(builds()).hasSize(2);
  }

  @Test
  void jarsOfAnotherBuildAreNotTrusted() throws IOException, InterruptedException {
    run(script);
    Files.setLastModifiedTime(
        tree.resolve("cli/target/dune-cli-1.jar"), FileTime.from(Instant.now().plusSeconds(1)));
    run(script);
    assertThat(builds()).hasSize(2);
  }

  @Test
  void twoAtOnceBuildOnce() throws IOException, InterruptedException {
    Process one = start(script);
    Process other = start(script);
    assertThat(one.waitFor()).isEqualTo(7);
    assertThat(other.waitFor()).isEqualTo(7);
    assertThat(builds()).hasSize(1);
  }

  @Test
  void aDeadBuildersLockIsTakenOver() throws IOException, InterruptedException {
    Process dead = new ProcessBuilder("true").start();
    dead.waitFor();
    Files.createDirectories(tree.resolve("cli/target"));
    Files.createSymbolicLink(
        tree.resolve("cli/target/dunec.lock"), Path.of(String.valueOf(dead.pid())));
    assertThat(run(script).status()).isEqualTo(7);
  }

  @Test
  void aFailedBuildIsReportedAndTriedAgain() throws IOException, InterruptedException {
    Path broken = write("broken", "");
    Run failed = run(script);
    assertThat(failed.status()).isEqualTo(2);
    assertThat(failed.out()).isEmpty();
    assertThat(failed.err())
        .contains("[ERROR] no luck")
        .endsWith("dunec: the build failed; see %s/cli/target/dunec-build.log\n".formatted(tree));
    Files.delete(broken);
    assertThat(run(script).status()).isEqualTo(7);
  }

  @Test
  void linksAreFollowed() throws IOException, InterruptedException {
    Path near = Files.createSymbolicLink(tree.resolve("tools/near"), Path.of("../dunec"));
    Path far = Files.createSymbolicLink(tree.resolve("far"), near);
    assertThat(run(far).out()).startsWith("classpath " + tree + "/cli/target/");
  }

  @Test
  void anOldJdkIsPassedOver() throws IOException, InterruptedException {
    write("jdk/release", "JAVA_VERSION=\"17.0.1\"\n");
    assertThat(run(script).out()).doesNotContain("[dune.cli.Dunec]");
  }
}
