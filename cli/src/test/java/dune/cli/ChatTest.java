package dune.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `chat` without a terminal: messages are lines.
final class ChatTest {
  /// Makes a conversation of what only knows stories: everything said is one text.
  private static final String TEMPLATE =
      "{{ bos_token }}{% for m in messages %}{{ m.content | trim }} {% endfor %}";

  @TempDir Path folder;

  private Path stories(String template) throws IOException {
    Shared.assumeStories();
    try (Stream<Path> files = Files.list(Shared.STORIES)) {
      for (Path file : files.toList()) Files.copy(file, folder.resolve(file.getFileName()));
    }
    Files.writeString(folder.resolve("chat_template.jinja"), template);
    return folder;
  }

  private static Run chat(Path weights, String messages, String... more) {
    List<String> line = new ArrayList<>(List.of("chat", "--weights", weights.toString()));
    line.addAll(List.of("--temperature", "0"));
    line.addAll(List.of(more));
    return Run.of(messages, Map.of(), line.toArray(String[]::new));
  }

  @Test
  void weightsWithoutTemplate() {
    Run run = chat(Shared.TINY, "Hello\n");
    assertThat(run.status()).isEqualTo(2);
    assertThat(run.out()).isEmpty();
    assertThat(run.err())
        .contains("neither chat_template.jinja nor `chat_template`", "`dunec run`")
        .hasLineCount(1);
  }

  @Test
  @Tag("torch")
  void everyLineIsAnswered() throws IOException {
    Run run = chat(stories(TEMPLATE), "Once upon a time\nOne day\n", "-n", "8");
    assertThat(run.status()).as(run.err()).isZero();
    String[] answers = run.out().split("\n");
    assertThat(answers).hasSize(2);
    // The first is what `run` says to the same text.
    Run same =
        Run.of("run", "-w", folder.toString(), "-p", "Once upon a time ", "--temp", "0", "-n", "8");
    assertThat(answers[0] + "\n").isEqualTo(same.out());
    Run both =
        Run.of(
            "run",
            "-w",
            folder.toString(),
            "-p",
            "Once upon a time " + answers[0].strip() + " One day ",
            "--temp",
            "0",
            "-n",
            "8");
    assertThat(answers[1] + "\n").isEqualTo(both.out());
    assertThat(run.err()).contains("the answer is cut; --max-tokens allows longer ones");
  }

  @Test
  @Tag("torch")
  void adaptersAreSwitched() throws IOException {
    Run none = chat(stories(TEMPLATE), "/adapter\nOnce upon a time\n", "-n", "4");
    assertThat(none.status()).as(none.err()).isZero();
    assertThat(none.err()).contains("there are no adapters; --adapter adds one");
    Run unknown = chat(folder, "/adapter tuned\n", "-n", "4");
    assertThat(unknown.status()).isEqualTo(1);
    assertThat(unknown.err()).contains("no adapter is called tuned");
  }

  @Test
  @Tag("torch")
  void commandsAreNoMessages() throws IOException {
    Run run =
        chat(
            stories(TEMPLATE),
            "/help\n\n/system be\n/reset\n/nonsense\nOnce \\\nupon\n/exit\nnever\n",
            "-n",
            "4");
    assertThat(run.status()).as(run.err()).isZero();
    assertThat(run.out().lines()).hasSize(1);
    assertThat(run.err())
        .contains(
            "/reset          forget what was said",
            "the model is told that",
            "everything said is forgotten",
            "there is no /nonsense; /help lists what is");
  }

  @Test
  @Tag("torch")
  void theSystemMessageIsSaidFirst() throws IOException {
    Path weights = stories("{{ raise_exception(messages[0].role ~ ': ' ~ messages[0].content) }}");
    Run run = chat(weights, "Hello\n", "--system", "Be kind");
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).contains("line 1: system: Be kind");
  }

  @Test
  @Tag("torch")
  void theOldestIsForgotten() throws IOException {
    Run run = chat(stories(TEMPLATE), "Once upon a time\nOne day\nThen\n", "-n", "8", "-c", "32");
    assertThat(run.status()).as(run.err()).isZero();
    assertThat(run.out().lines()).hasSize(3);
    assertThat(run.err()).contains("the context is full: the oldest 2 messages are forgotten");
  }

  @Test
  @Tag("torch")
  void aMessageLongerThanTheContextIsRefused() throws IOException {
    Run run = chat(stories(TEMPLATE), "Once upon a time there was\n", "-c", "8");
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.err()).contains("a context of 8 leaves no room");
  }

  /// A model of our own, with a tokenizer of any kind beside it.
  @Test
  @Tag("torch")
  void otherTokenizers() throws IOException {
    Path out = folder.resolve("out");
    String llama =
        SourceTree.ROOT.resolve("models-dsl/src/main/resources/dune/models/llama.dune").toString();
    Run init =
        Run.of(
            "init",
            llama,
            "--random",
            "-o",
            out.toString(),
            "--set",
            "V=800",
            "--set",
            "D=16",
            "--set",
            "F=16",
            "--set",
            "L=1",
            "--set",
            "H=2",
            "--set",
            "KV=1",
            "--seed",
            "1");
    assertThat(init.status()).as(init.err()).isZero();
    Files.writeString(out.resolve("chat_template.jinja"), "<s>{{ messages[-1].content }}");
    // Random checkpoints come with a tokenizer of bytes.
    Run bytes = chat(out, "Hello\n", "-n", "4");
    assertThat(bytes.status()).as(bytes.err()).isZero();

    Files.delete(out.resolve("dune_tokenizer.json"));
    Run none = chat(out, "Hello\n");
    assertThat(none.status()).isEqualTo(2);
    assertThat(none.err()).contains("neither tokenizer.json nor tokenizer.model");

    Files.copy(
        SourceTree.ROOT.resolve("runtime/src/test/resources/tokenizer/bpe_llama.model"),
        out.resolve("tokenizer.model"));
    Run pieces = chat(out, "Hello\nRomeo\n", "-n", "4");
    assertThat(pieces.status()).as(pieces.err()).isZero();
    assertThat(pieces.out()).isNotBlank();
    assertThat(Run.of("run", "-w", out.toString(), "-p", "Romeo", "-n", "4").status()).isZero();
  }
}
