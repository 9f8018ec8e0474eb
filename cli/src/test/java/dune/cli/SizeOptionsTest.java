package dune.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// `--config` and `--set`, which mean the same wherever they are offered.
final class SizeOptionsTest {
  private static final String TINY = Shared.TINY.toString();
  private static final String CONFIG = Shared.TINY.resolve("config.json").toString();

  @TempDir Path folder;

  private static Run run(String command, String... more) {
    String[] words = (command + " " + String.join(" ", more)).strip().split(" ");
    Run run = Run.of(words);
    assertThat(run.status()).as(run.err()).isZero();
    return run;
  }

  @ParameterizedTest
  @ValueSource(strings = {"ir", "opt -O1", "plan", "check --summary", "plan --set L=1 -c 32"})
  void aConfigGivesTheSizesOfItsWeights(String command) {
    assertThat(run(command, "--config", CONFIG)).isEqualTo(run(command, "--weights", TINY));
    assertThat(run(command, "llama", "--config", CONFIG).out())
        .isEqualTo(run(command, "--weights", TINY).out());
  }

  @Test
  void aConfigIsDrawn() throws IOException {
    Path one = folder.resolve("one.svg");
    Path other = folder.resolve("other.svg");
    run("graph", "--config", CONFIG, "-o", one.toString());
    run("graph", "--weights", TINY, "-o", other.toString());
    assertThat(one).hasSameTextualContentAs(other);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ir", "opt", "plan", "check", "graph -o x.svg", "bench"})
  void sizesComeFromOnePlace(String command) {
    Run run = Run.of((command + " -w " + TINY + " --config " + CONFIG).split(" "));
    assertThat(run.status()).isEqualTo(2);
    assertThat(run.err())
        .contains("--config gives sizes in place of --weights, which have their own; give one");
  }

  @Test
  void aBundleIsBuiltOfWeightsThatHaveNoConfig() throws IOException {
    Path bare = Files.createDirectory(folder.resolve("bare"));
    Files.copy(Shared.TINY.resolve("model.safetensors"), bare.resolve("model.safetensors"));
    Path plain = folder.resolve("plain.dune.d");
    run("build", "-w", TINY, "-O1", "-o", plain.toString());
    Path sized = folder.resolve("sized.dune.d");
    String[] words = {"-w", bare.toString(), "--config", CONFIG, "-O1", "-o", sized.toString()};
    run("build", words);
    assertThat(sized.resolve("model.pt")).hasSameBinaryContentAs(plain.resolve("model.pt"));
    assertThat(sized.resolve("manifest.json"))
        .content()
        .contains("--config " + CONFIG)
        .contains(" -O1 ");
    Path whole = folder.resolve("whole.dune.d");
    run("build", "--embed-weights -w", bare.toString(), "--config", CONFIG, "-o", whole.toString());
    assertThat(whole.resolve("config.json")).exists();
  }

  @Test
  void aBundleIsBuiltOfOtherSizes() {
    Path out = folder.resolve("other.dune.d");
    Run run = Run.of("build", "-w", TINY, "--set", "L=1", "-o", out.toString());
    assertThat(run.status()).as(run.err()).isZero();
    assertThat(out.resolve("manifest.json")).content().contains("--set L=1");
  }
}
