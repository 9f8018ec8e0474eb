package dune.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `dunec finetune` and what is done with what it makes.
@Tag("torch")
final class FinetuneCommandTest {
  private static final String FIRST = "the rain in spain stays mainly in the plain. ";
  private static final String SECOND = "a man in a train is a lean man. ";

  @TempDir Path folder;

  private Path text(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text.repeat(40));
  }

  private Path base() throws IOException {
    Path run = folder.resolve("base");
    String data = text("first.txt", FIRST).toString();
    Run trained =
        Run.of(
            "train",
            "gpt2",
            "--set",
            "L=2",
            "--set",
            "D=32",
            "--set",
            "H=2",
            "--set",
            "P=16",
            "--data",
            data,
            "-c",
            "16",
            "-b",
            "4",
            "--steps",
            "40",
            "--eval-every",
            "40",
            "--lr",
            "0.01",
            "-o",
            run.toString());
    assertThat(trained.status()).as(trained.err()).isZero();
    return run.resolve("best");
  }

  private Run finetune(Path base, Path out, String... more) throws IOException {
    var all = new ArrayList<>(List.of("finetune", "-w", base.toString(), "-o", out.toString()));
    all.addAll(List.of("--data", text("second.txt", SECOND).toString()));
    all.addAll(List.of("-c", "16", "-b", "4", "--steps", "30", "--eval-every", "30"));
    all.addAll(Arrays.asList(more));
    return Run.of(all.toArray(String[]::new));
  }

  @Test
  void whatIsTunedWritesAndMerges() throws IOException {
    Path base = base();
    Path run = folder.resolve("tuned");
    Run tuned = finetune(base, run, "--lora", "rank=4,on=every linear", "--lr", "0.02");
    assertThat(tuned.status()).as(tuned.err()).isZero();
    assertThat(tuned.err())
        .contains("adapters for h.*.attn.q_proj.weight x 2", "h.*.mlp.down_proj.weight x 2")
        .contains("the best of");
    String adapter = run.resolve("best").toString();
    Run with = write(base, "--adapter", adapter);
    assertThat(with.status()).as(with.err()).isZero();
    assertThat(with.out()).isNotEqualTo(write(base).out());
    assertThat(write(base, "--adapter", adapter + "=0").out()).isEqualTo(write(base).out());

    Path merged = folder.resolve("merged");
    Run merge = Run.of("merge", base.toString(), merged.toString(), "--adapter", adapter);
    assertThat(merge.status()).as(merge.err()).isZero();
    assertThat(merge.err()).contains("merged 1 adapter into 8 of 28 tensors", "read back and");
    assertThat(write(merged).out()).isEqualTo(with.out());
    Path back = folder.resolve("back");
    Run undone =
        Run.of("merge", merged.toString(), back.toString(), "--adapter", adapter, "--undo");
    assertThat(undone.err()).contains("took 1 adapter out of 8 of 28 tensors");
    assertThat(write(back).out()).isEqualTo(write(base).out());

    Run alone = Run.of("run", "-w", adapter);
    assertThat(alone.status()).isEqualTo(1);
    assertThat(alone.err()).contains("it has an adapter and no base");
    Run resumed = Run.of("finetune", "--resume", run.toString());
    assertThat(resumed.err()).contains("30 steps, of which 30 are made");
  }

  /// All of a model, by a file of the user's own.
  @Test
  void allOfAModelIsTunedByItsFile() throws IOException {
    Path base = base();
    Path file = folder.resolve("mine.dune");
    Path gpt2 = SourceTree.ROOT.resolve("models-dsl/src/main/resources/dune/models/gpt2.dune");
    Files.writeString(
        file,
        Files.readString(gpt2)
            .replace("embedding_drop: float = 0.1", "embedding_drop: float = 0.0"));
    var all = new ArrayList<>(List.of("finetune", file.toString(), "-w", base.toString()));
    all.addAll(List.of("--data", text("second.txt", SECOND).toString(), "-c", "16", "-b", "4"));
    all.addAll(
        List.of("--steps", "20", "--eval-every", "20", "-o", folder.resolve("all").toString()));
    Run tuned = Run.of(all.toArray(String[]::new));
    assertThat(tuned.status()).as(tuned.err()).isZero();
    Path best = folder.resolve("all/best");
    assertThat(best.resolve("model.safetensors")).isRegularFile();
    assertThat(best.resolve("mine.dune")).hasSameTextualContentAs(file);
    assertThat(write(best).status()).isZero();
    all.set(1, "llama");
    all.set(all.size() - 1, folder.resolve("other").toString());
    assertThat(Run.of(all.toArray(String[]::new)).status()).isNotZero();
  }

  private Run write(Path weights, String... more) {
    var all = new ArrayList<>(List.of("run", "-w", weights.toString(), "-p", "a man in"));
    all.addAll(List.of("-n", "6", "--temp", "0"));
    all.addAll(Arrays.asList(more));
    return Run.of(all.toArray(String[]::new));
  }

  @Test
  void wrongRequestsSayWhatIsPossible() throws IOException {
    Path out = folder.resolve("out");
    Path base = folder.resolve("nothing");
    assertThat(finetune(base, out, "--lora", "rnak=4").err())
        .contains("--lora: nothing is called `rnak`; did you mean `rank`?");
    assertThat(finetune(base, out, "--lora", "rank=many").err())
        .contains("--lora: `many` is no number for rank");
    assertThat(finetune(base, out, "--lora", "on=q_proj").err())
        .contains("`q_proj` names no products; names are `attention.q`");
    assertThat(finetune(base, out, "--lora", "rank=0").err())
        .contains("--lora: rank must be 1 or more");
    assertThat(finetune(base, out, "--lora").err()).contains("cannot open");
    Run nothing = Run.of("finetune", "--data", "x.txt", "-o", out.toString(), "--lora");
    assertThat(nothing.status()).isEqualTo(2);
    assertThat(nothing.err()).contains("--weights is missing");
    Run none = Run.of("merge", base.toString(), out.toString());
    assertThat(none.err()).contains("--adapter is missing: name the folder of an adapter");
    Run absent = Run.of("merge", base.toString(), out.toString(), "--adapter", "nowhere");
    assertThat(absent.err()).contains("has no adapter_config.json");
    assertThat(out).doesNotExist();
  }
}
