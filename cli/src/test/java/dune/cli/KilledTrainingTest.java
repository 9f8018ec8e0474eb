package dune.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dune.runtime.train.RunFolder;
import dune.weights.checkpoint.Checkpoint;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A training that is killed, at any moment and again and again, ends with the same bytes. The
/// process itself is killed, as a power cut would do it, so that nothing of it cleans up.
@Tag("torch")
final class KilledTrainingTest {
  private static final int KILLS = 10;

  /// The longest that a process goes on after it has begun, in milliseconds: some checkpoints.
  private static final int LONGEST = 300;

  @TempDir Path folder;

  @Test
  void whatIsKilledEndsWithTheSameBytes() throws IOException, InterruptedException {
    Path data = folder.resolve("data.txt");
    Files.writeString(data, "the rain in spain stays mainly in the plain. ".repeat(20));
    Path whole = folder.resolve("whole");
    Run reference = Run.of(begin(data, whole).toArray(String[]::new));
    assertThat(reference.status()).as(reference.err()).isZero();

    var random = new Random(20261130);
    Path run = folder.resolve("killed");
    List<String> resume = List.of("train", "--resume", run.toString(), "-t", "1");
    kill(begin(data, run), random.nextInt(LONGEST));
    requireWholeCheckpoints(run);
    for (int i = 1; i < KILLS; i++) {
      kill(resume, random.nextInt(LONGEST));
      requireWholeCheckpoints(run);
    }
    Run last = Run.of(resume.toArray(String[]::new));
    assertThat(last.status()).as(last.err()).isZero();
    for (String file :
        List.of(
            "last/model.safetensors",
            "last/optimizer.safetensors",
            "best/model.safetensors",
            "last/training.json",
            "metrics.jsonl")) {
      assertThat(run.resolve(file)).hasSameBinaryContentAs(whole.resolve(file));
    }
  }

  private static List<String> begin(Path data, Path run) {
    var arguments = new ArrayList<>(List.of("train", "gpt2", "--data", data.toString()));
    for (String size : List.of("L=1", "H=2", "D=16", "P=8", "drop=0.1")) {
      arguments.addAll(List.of("--set", size));
    }
    arguments.addAll(List.of("-c", "8", "-b", "2", "--steps", "60", "--eval-every", "2"));
    arguments.addAll(List.of("-t", "1", "-o", run.toString()));
    return arguments;
  }

  /// Kills a command so many milliseconds after its first step could begin.
  private static void kill(List<String> arguments, int after)
      throws IOException, InterruptedException {
    var command =
        new ArrayList<>(
            List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Dunec.class.getName()));
    command.addAll(arguments);
    Process process = new ProcessBuilder(command).start();
    try (BufferedReader said = process.errorReader()) {
      var all = new ArrayList<String>();
      while (all.isEmpty() || !all.getLast().contains("tokens to learn from")) {
        String line = said.readLine();
        assertThat(line).as("%s ended: %s", arguments, all).isNotNull();
        all.add(line);
      }
      Thread.sleep(after);
      process.destroyForcibly();
    }
    process.waitFor();
  }

  private static void requireWholeCheckpoints(Path run) throws IOException {
    List<Path> checkpoints;
    try (var files = Files.list(run)) {
      checkpoints =
          files
              .filter(file -> file.getFileName().toString().matches("step-\\d+|last|best"))
              .toList();
    }
    for (Path checkpoint : checkpoints) {
      assertThat(Checkpoint.open(checkpoint).tensors().all()).as("%s", checkpoint).isNotEmpty();
      assertThat(RunFolder.memory(checkpoint)).isNotEmpty();
      assertThat(checkpoint).isDirectory();
      int steps = RunFolder.state(checkpoint).steps();
      String name = checkpoint.toRealPath().getFileName().toString();
      assertThat(name).isEqualTo("step-" + steps);
    }
  }
}
