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

/// `dunec train` on what is no plain text.
@Tag("torch")
final class TrainDataTest {
  @TempDir Path folder;

  private Run train(Path data, String... more) {
    var all = new ArrayList<>(List.of("train", "llama", "--set", "L=1", "--set", "D=32"));
    all.addAll(List.of("--set", "F=64", "--set", "H=2", "--set", "KV=1", "-b", "4"));
    all.addAll(List.of("--data", data.toString(), "-o", folder.resolve("run").toString()));
    all.addAll(Arrays.asList(more));
    return Run.of(all.toArray(String[]::new));
  }

  @Test
  void answersAreLearnedAndNothingElse() throws IOException {
    Path data = folder.resolve("data");
    Files.createDirectory(data);
    Files.writeString(
        data.resolve("a.jsonl"),
        """
        {"prompt": "one: ", "completion": "1111"}
        {"prompt": "two: ", "completion": "2222"}
        {"prompt": "bad: "}
        """
            .repeat(12));
    Run run =
        train(
            data,
            "-c",
            "16",
            "--steps",
            "60",
            "--eval-every",
            "30",
            "--lr",
            "0.01",
            "--sample-at",
            "60",
            "--sample-tokens",
            "4",
            "--sample-prompt",
            "two: ",
            "--sample-temperature",
            "0");
    assertThat(run.status()).as(run.err()).isZero();
    assertThat(run.err())
        .contains("a.jsonl:3: left out: `completion` must be a text")
        .contains("a.jsonl: 12 lines are left out")
        // 21 of 24 examples with four tokens each.
        .contains("84 tokens to learn from, 12 to measure by")
        .contains("  | two: 2222");
  }

  @Test
  void tasksShareRows() throws IOException {
    Path data =
        Files.writeString(
            folder.resolve("a.jsonl"),
            """
            {"prompt": "one: ", "completion": "1111"}
            {"prompt": "two: ", "completion": "2222"}
            """
                .repeat(20));
    Run run =
        train(
            data,
            "-c",
            "32",
            "--documents",
            "packed",
            "--steps",
            "60",
            "--lr",
            "0.01",
            "--sample-at",
            "60",
            "--sample-tokens",
            "4",
            "--sample-prompt",
            "two: ",
            "--sample-temperature",
            "0");
    assertThat(run.status()).as(run.err()).isZero();
    assertThat(run.err()).contains("144 tokens to learn from").contains("  | two: 2222");
  }

  /// A model that is there learns to answer in conversations, by adapters alone.
  @Test
  void conversationsAreLearnedByAdapters() throws IOException {
    Path text = Files.writeString(folder.resolve("a.txt"), "<u>ab</> <a>cd</>\n".repeat(40));
    assertThat(train(text, "-c", "16", "--steps", "100", "--lr", "0.01").status()).isZero();
    Path base = folder.resolve("run/last");
    Files.writeString(
        base.resolve("chat_template.jinja"),
        "{% for m in messages %}<{{ m.role[0] }}>{{ m.content }}</>\n{% endfor %}"
            + "{% if add_generation_prompt %}<a>{% endif %}");
    Path data = folder.resolve("a.jsonl");
    Files.writeString(
        data,
        """
        {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "bcd"}]}
        {"messages": [{"role": "user", "content": "b"}, {"role": "bot", "content": "a"}]}
        """
            .repeat(4));
    Run run =
        Run.of(
            "finetune",
            "-w",
            base.toString(),
            "--lora",
            "rank=4,on=every linear",
            "--data",
            data.toString(),
            "-c",
            "32",
            "--steps",
            "80",
            "--lr",
            "0.05",
            "-b",
            "2",
            "-o",
            folder.resolve("tuned").toString(),
            "--sample-at",
            "80",
            "--sample-temperature",
            "0");
    assertThat(run.status()).as(run.err()).isZero();
    assertThat(run.err())
        .contains("a.jsonl:2: left out: role `bot`; it must be system, user or assistant")
        // Three examples; `bcd</>` of each.
        .contains("18 tokens to learn from, 6 to measure by")
        .contains("  | <u>a</>\n  | <a>bcd</>");
    assertThat(folder.resolve("tuned/run.toml")).content().contains("lora = \"rank=4");
  }

  @Test
  void tokenIdsNeedNoTokenizer() throws IOException {
    Path data = folder.resolve("a.bin");
    var bytes = new byte[400];
    for (int i = 0; i < 200; i++) bytes[2 * i] = (byte) (i % 5);
    Files.write(data, bytes);
    Run run =
        train(
            data,
            "-c",
            "8",
            "--set",
            "V=5",
            "--steps",
            "60",
            "--lr",
            "0.01",
            "--sample-at",
            "60",
            "--sample-prompt",
            "1 2",
            "--sample-tokens",
            "3",
            "--sample-temperature",
            "0");
    assertThat(run.status()).as(run.err()).isZero();
    assertThat(run.err()).contains("180 tokens to learn from, 20 to measure by");
    assertThat(folder.resolve("run/samples.jsonl")).content().contains("\"text\":\" 3 4 0\"");
    assertThat(folder.resolve("run/best/dune_tokenizer.json")).doesNotExist();

    Files.move(folder.resolve("run"), folder.resolve("before"));
    assertThat(train(data, "-c", "8", "--set", "V=4", "--steps", "1").err())
        .contains("there is a token 4 in the data, and the model has 4, 0 to 3; set V");
  }

  @Test
  void aTokenizerCanBeNamed() throws IOException {
    Path data = Files.writeString(folder.resolve("a.txt"), "abc ".repeat(40));
    Path tokenizer = Files.createDirectory(folder.resolve("tokenizer"));
    assertThat(train(data, "--tokenizer", tokenizer.toString()).err()).contains("has no tokenizer");
    Files.writeString(
        tokenizer.resolve("dune_tokenizer.json"), "{\"type\": \"char\", \"alphabet\": \"cba \"}");
    Run run =
        train(data, "--tokenizer", tokenizer.toString(), "--set", "V=4", "-c", "8", "--steps", "1");
    assertThat(run.status()).as(run.err()).isZero();
    assertThat(folder.resolve("run/best/dune_tokenizer.json")).content().contains("cba ");
  }
}
