package dune.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
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

  @Test
  void aFileGivesWhatTheCommandLineLeavesOpen() throws IOException {
    Path file = folder.resolve("a.toml");
    Files.writeString(
        file,
        """
        model = "llama"
        data = '%s'
        steps = 3
        eval_every = 9
        recompute = true
        ctx = 16
        b = 2
        """
            .formatted(data));
    assertThat(Run.of("train", "--config", file.toString()).err())
        .contains("a.toml: there is no setting `b`");
    Files.writeString(
        file,
        Files.readString(file).replace("b = 2", "batch = 2")
            + """
            sample-prompt = ["the", "rain"]
            sample-at = [1, 2]
            sample-tokens = 2
            lr = 1e-3

            [set]
            L = 2
            D = 32
            F = 64
            H = 1
            KV = 1
            """);
    Path one = folder.resolve("one");
    Run first =
        Run.of(
            "train",
            "--config",
            file.toString(),
            "-o",
            one.toString(),
            "--set",
            "H=2",
            "--steps",
            "2");
    assertThat(first.status()).as(first.err()).isZero();
    Path saved = one.resolve("run.toml");
    assertThat(saved)
        .content()
        .contains("steps = 2\n", "eval-every = 9\n", "seed = 1337\n", "recompute = true\n")
        .contains("lr = 0.001\n", "min-lr = 1.0E-4\n", "warmup = 0\n")
        .contains("model = \"llama\"\n", "sample-prompt = [\"the\", \"rain\"]\n")
        .contains("[set]\n", "H = \"2\"\n", "vocabulary = \"char\"\n", "dtype = \"f32\"\n")
        .doesNotContain("output", "help");

    Path two = folder.resolve("two");
    Run second = Run.of("train", "--config=" + saved, "-o", two.toString());
    assertThat(second.status()).as(second.err()).isZero();
    assertThat(two.resolve("run.toml")).hasSameTextualContentAs(saved);
    assertThat(two.resolve("last/model.safetensors"))
        .hasSameBinaryContentAs(one.resolve("last/model.safetensors"));
  }

  @Test
  void mistakesInAFileAreToldWithItsName() throws IOException {
    Path file = folder.resolve("a.toml");
    String[] texts = {
      "stps = 3", "a.toml: there is no setting `stps`; did you mean `steps`?",
      "steps = 'x'", "a.toml: invalid value for option '--steps'",
      "steps = [1, 2]", "a.toml: `steps` must be one value",
      "set = 3", "a.toml: `set` must be a table: [set]",
      "resume = 'x'", "a.toml: `resume` can only stand on the command line",
      "steps = ", "a.toml:1:",
      "recompute = 3", "a.toml: `recompute` must be true or false",
      "steps = 0", "--steps must be 1 or more"
    };
    for (int i = 0; i < texts.length; i += 2) {
      Files.writeString(file, texts[i]);
      Run run = Run.of("train", "--config", file.toString());
      assertThat(run.status()).isNotZero();
      assertThat(run.err().toLowerCase(java.util.Locale.ROOT)).contains(texts[i + 1]);
    }
    Run named = Run.of("", Map.of("DUNE_CONFIG", file.toString()), "train");
    assertThat(named.err()).contains("--steps must be 1 or more");
    assertThat(Run.of("train", "--resume", "x", "--config", file.toString()).err())
        .contains("--config cannot be given with --resume");
  }
}
