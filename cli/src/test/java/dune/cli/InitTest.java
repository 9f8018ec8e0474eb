package dune.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// `dunec init`: what it writes, and what it refuses.
final class InitTest {
  private static final Path MODELS =
      SourceTree.ROOT.resolve("models-dsl/src/main/resources/dune/models");

  @TempDir Path folder;

  private static String model(String name) {
    return MODELS.resolve(name + ".dune").toString();
  }

  private Run init(String... arguments) {
    var words = new ArrayList<>(List.of("init", "--random", "-o", out().toString()));
    words.addAll(List.of(arguments));
    return Run.of(words.toArray(String[]::new));
  }

  private Path out() {
    return folder.resolve("out");
  }

  private void refused(int status, String message, String... arguments) {
    Run run = init(arguments);
    assertThat(run.err()).contains(message).doesNotContain("Exception", "\tat ", "a bug in dune");
    assertThat(run.status()).isEqualTo(status);
    assertThat(folder).isEmptyDirectory();
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "llama", "mistral", "mixtral", "qwen2", "phi3"})
  void whatIsWrittenFits(String name) {
    String[] sizes = {"--set", "L=1", "--set", "V=64", "--set", "D=32", "--set", "F=48"};
    var words = new ArrayList<>(List.of(model(name), "--set", "H=4"));
    words.addAll(List.of(sizes));
    if (!name.equals("gpt2")) words.addAll(List.of("--set", "KV=2"));
    Run run = init(words.toArray(String[]::new));
    assertThat(run.status()).as(run.err()).isZero();
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).contains("wrote " + out(), "too small for a tokenizer").hasLineCount(1);
    Run check = Run.of("check", "--weights", out().toString());
    assertThat(check.status()).as(check.err()).isZero();
    assertThat(check.out().lines()).isNotEmpty().allMatch(line -> line.startsWith("ok "));
  }

  @Test
  @Tag("torch")
  void whatIsWrittenRuns() {
    String[] sizes = {"--set", "L=1", "--set", "D=32", "--set", "H=4", "--set", "F=48"};
    var words = new ArrayList<>(List.of(model("llama"), "--set", "V=256"));
    words.addAll(List.of(sizes));
    assertThat(init(words.toArray(String[]::new)).status()).isZero();
    Run run = Run.of("run", "-w", out().toString(), "-p", "hello", "-n", "5", "--seed", "1");
    assertThat(run.status()).as(run.err()).isZero();
    assertThat(run.err()).contains("prompt of 5 tokens", "5 tokens at");
  }

  @Test
  void typesAndShardsAreAsAsked() throws IOException {
    Path config = Shared.TINY.resolve("config.json");
    Run run =
        init(
            "--config",
            config.toString(),
            "--set",
            "V=8000",
            "--dtype",
            "bf16",
            "--shard-size",
            "1MB");
    assertThat(run.status()).as(run.err()).isZero();
    assertThat(out().resolve("model.safetensors.index.json")).exists();
    assertThat(Files.readString(out().resolve("config.json"))).contains("\"bfloat16\"");
    assertThat(Run.of("check", "--weights", out().toString()).out()).contains(" bf16[");
  }

  @Test
  void whatIsNotGivenIsAskedFor() {
    refused(2, "a model file is missing, or --config");
    assertThat(Run.of("init", model("llama"), "--random").err()).contains("'--output=DIR'");
    assertThat(Run.of("init", model("llama"), "-o", out().toString()).err()).contains("'--random'");
    refused(2, "there is no such file", folder.resolve("absent.dune").toString());
    refused(2, "there is no such file", "--config", folder.resolve("absent.json").toString());
  }

  @Test
  void wordsThatMeanNothing() {
    String llama = model("llama");
    refused(2, "`5 apples` is no size; write it as 5GB", llama, "--shard-size", "5 apples");
    refused(2, "`0MB` is less than 1 MB", llama, "--shard-size", "0MB");
    refused(2, "--threads must be 1 or more", llama, "--threads", "0");
    refused(2, "there is no element type `int8`", llama, "--dtype", "int8");
    refused(1, "`Llama` has no parameter `Q`", llama, "--set", "Q=1");
    refused(1, "`D / H` is not a whole number", llama, "--set", "D=63");
  }

  @Test
  void whatIsThereStays() throws IOException {
    Files.createDirectory(out());
    Path mine = Files.writeString(out().resolve("mine.txt"), "text");
    Run run = init(model("llama"), "--set", "L=1");
    assertThat(run.err()).contains("the folder is not empty; name another, or empty it");
    assertThat(run.status()).isEqualTo(2);
    assertThat(mine).hasContent("text");
    assertThat(out().toFile().list()).containsExactly("mine.txt");
  }
}
