package dune.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `dunec train`, from a text to a model that writes.
@Tag("torch")
final class TrainCommandTest {
  @TempDir Path folder;
  private Path data;

  @BeforeEach
  void writeData() throws IOException {
    data = folder.resolve("data.txt");
    Files.writeString(data, "the rain in spain stays mainly in the plain. ".repeat(40));
  }

  private Run train(Path run, String... more) {
    var all =
        new ArrayList<>(
            List.of("train", "llama", "--set", "L=1", "--set", "D=32", "--set", "F=64"));
    all.addAll(List.of("--set", "H=2", "--set", "KV=1", "--data", data.toString()));
    all.addAll(List.of("-c", "16", "-b", "4", "-o", run.toString()));
    all.addAll(Arrays.asList(more));
    return Run.of(all.toArray(String[]::new));
  }

  @Test
  void whatWasTrainedWrites() {
    Path run = folder.resolve("run");
    Run trained =
        train(
            run,
            "--steps",
            "200",
            "--eval-every",
            "100",
            "--lr",
            "0.01",
            "--sample-at",
            "5,200",
            "--sample-prompt",
            "in sp");
    assertThat(trained.status()).as(trained.err()).isZero();
    assertThat(trained.err())
        .contains("weights, 1,620 tokens to learn from, 180 to measure by; 200 steps")
        .contains("step 200: validation loss")
        .contains("step 5: the model writes")
        .contains("  | in spain stays")
        .contains("of memory")
        .contains("the best of");
    assertThat(run.resolve("loss.svg")).content().contains("at step 200");
    assertThat(run.resolve("loss.png")).isNotEmptyFile();
    String best = run.resolve("best").toString();
    Run written =
        Run.of("run", "-w", best, "-p", "stays mainly in the pl", "-n", "4", "--temp", "0");
    assertThat(written.status()).as(written.err()).isZero();
    assertThat(written.out()).contains("ain");

    Run resumed = Run.of("train", "--resume", run.toString());
    assertThat(resumed.status()).as(resumed.err()).isZero();
    assertThat(resumed.err()).contains("200 steps, of which 200 are made");

    Run further =
        Run.of(
            "train",
            "-w",
            best,
            "--data",
            data.toString(),
            "-c",
            "16",
            "--steps",
            "2",
            "-o",
            folder.resolve("further").toString());
    assertThat(further.status()).as(further.err()).isZero();
    assertThat(further.err()).contains("step 0: validation loss 0.");
  }

  /// Units drop as the seed says, in layers that are computed twice, too.
  @Test
  void whatDropsIsTheSameWhenRecomputed() throws IOException {
    var weights = new ArrayList<byte[]>();
    for (var more : List.of(List.<String>of(), List.of("--recompute"), List.of("-s", "5"))) {
      Path run = folder.resolve("run" + weights.size());
      var all = new ArrayList<>(List.of("train", "gpt2", "--data", data.toString()));
      for (String size : List.of("L=2", "H=2", "D=16", "P=16", "drop=0.3")) {
        all.addAll(List.of("--set", size));
      }
      all.addAll(List.of("-c", "16", "-b", "2", "--steps", "3", "--z-loss", "1e-4"));
      all.addAll(List.of("-t", "1", "-o", run.toString()));
      all.addAll(more);
      Run trained = Run.of(all.toArray(String[]::new));
      assertThat(trained.status()).as(trained.err()).isZero();
      weights.add(Files.readAllBytes(run.resolve("last/model.safetensors")));
    }
    assertThat(weights.get(1)).isEqualTo(weights.getFirst());
    assertThat(weights.getLast()).isNotEqualTo(weights.getFirst());
  }

  @Test
  void whatIsMissingIsAskedFor() {
    assertThat(Run.of("train").err()).contains("--data is missing: name a text");
    assertThat(Run.of("train", "--data", data.toString()).err())
        .contains("--output is missing: name a folder for the run");
    assertThat(
            Run.of("train", "--data", data.toString(), "-o", folder.resolve("a").toString()).err())
        .contains("the model is missing");
    assertThat(folder.resolve("a")).doesNotExist();
  }

  @Test
  void whatMakesNoSenseIsRefusedBeforeAnythingIsWritten() {
    Path run = folder.resolve("run");
    assertThat(train(run, "--steps", "0").err()).contains("--steps must be 1 or more");
    assertThat(train(run, "--lr", "0").err()).contains("--lr must be above 0");
    assertThat(train(run, "--beta2", "1").err()).contains("--beta2 must be from 0 to 1");
    assertThat(train(run, "--z-loss", "-1").err()).contains("--z-loss must be 0 or more");
    assertThat(train(run, "--warmup", "9999").err()).contains("--warmup must be between");
    assertThat(train(run, "--dtype", "f16").err()).contains("--dtype must be f32 or bf16");
    assertThat(train(run, "--sample-every", "-1").err()).contains("--sample-every must be 0 or");
    assertThat(train(run, "--sample-prompt", "a").err()).contains("--sample-prompt is never used");
    assertThat(run).doesNotExist();
    assertThat(train(folder).err()).contains("the folder is not empty");
    assertThat(Run.of("train", "--resume", folder.toString()).err())
        .contains("no training was begun there");
    assertThat(Run.of("train", "--resume", folder.toString(), "--steps", "9").err())
        .contains("--steps cannot be given with --resume");
  }

  @Test
  void lossesThatAreNoNumbersEndTheTraining() {
    Run run = train(folder.resolve("run"), "--lr", "1e30", "--warmup", "0", "--clip", "1e30");
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.err()).contains("nothing more can be learned").contains("--lr");
  }
}
