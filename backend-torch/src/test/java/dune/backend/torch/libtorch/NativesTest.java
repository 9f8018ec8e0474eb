package dune.backend.torch.libtorch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dune.weights.EnvironmentFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Unpacking, in processes of their own: this one has its libraries already.
@Tag("torch")
class NativesTest {
  /// What the processes run.
  static final class Program {
    private Program() {}

    public static void main(String[] arguments) {
      try {
        System.out.print("threads " + LibTorch.get().threads());
      } catch (EnvironmentFailure e) {
        System.out.print(e.getMessage());
      }
    }
  }

  private static Process start(Path cache) throws IOException {
    var command =
        new ProcessBuilder(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Program.class.getName()));
    command.environment().put("XDG_CACHE_HOME", cache.toString());
    return command.redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  @Test
  void twoProcessesUnpackAtOnceAfterAThirdWasKilled() throws Exception {
    // Not a @TempDir, which warns of each link that JavaCPP has made.
    Path cache = Files.createTempDirectory("natives");
    try {
      unpackTwice(cache);
    } finally {
      Natives.delete(cache);
    }
  }

  private static void unpackTwice(Path cache) throws Exception {
    Path folder = Natives.folder(cache.resolve("dune"));
    Path half = Files.createDirectories(folder).resolve("half");
    Files.writeString(half, "what a killed process has left");
    var processes = new ArrayList<Process>();
    for (int i = 0; i < 2; i++) processes.add(start(cache));
    for (Process process : processes) {
      assertThat(new String(process.getInputStream().readAllBytes(), UTF_8)).startsWith("threads ");
      assertThat(process.waitFor()).isZero();
    }
    assertThat(half).doesNotExist();
    assertThat(folder.resolve("complete")).exists();
  }

  @Test
  void cacheThatCannotBeWrittenIsOneLine(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "in the way");
    Process process = start(file);
    assertThat(new String(process.getInputStream().readAllBytes(), UTF_8))
        .startsWith("cannot unpack libtorch into `" + file)
        .endsWith("set XDG_CACHE_HOME to another place")
        .hasLineCount(1);
    assertThat(process.waitFor()).isZero();
  }
}
