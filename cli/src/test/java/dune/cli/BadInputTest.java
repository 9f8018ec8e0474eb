package dune.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Whatever is wrong is said once, in words, with the right exit status; nothing half-written
/// stays.
final class BadInputTest {
  private static final String MODEL =
      """
      import std.{Embedding, Linear}

      model Tiny(V: dim = 8, D: dim = 4) {
        embed: Embedding(V, D)
        head: Linear(D, V)
        forward(tokens: int[B, T]) -> [B, T, V] { head(embed(tokens)) }

        checkpoint "LlamaForCausalLM" {
          config { V = .vocab_size  D = .hidden_size }
          weights {
            head = "lm_head"
            embed = "model.embed_tokens"
            ignore "model.layers.*", "model.norm.*"
          }
        }
      }
      """;

  @TempDir Path folder;

  private Path write(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  /// The tiny checkpoint, to be damaged.
  private Path weights() throws IOException {
    Path copy = Files.createDirectories(folder.resolve("weights"));
    for (String name : new String[] {"config.json", "model.safetensors"}) {
      Files.copy(Shared.TINY.resolve(name), copy.resolve(name));
    }
    return copy;
  }

  private static void refused(int status, String message, String... arguments) {
    Run run = Run.of(arguments);
    assertThat(run.err()).contains(message).doesNotContain("Exception", "\tat ", "a bug in dune");
    assertThat(run.out()).isEmpty();
    assertThat(run.status()).isEqualTo(status);
  }

  @Test
  void missingFiles() {
    String absent = folder.resolve("absent").toString();
    refused(2, "there is no such file", "check", absent + ".dune");
    refused(2, "there is no such file", "ir", absent + ".dune");
    refused(2, "comes with dune; there are apertus, arcee,", "check", "nobodys_model");
    refused(2, "there is no such file or folder", "check", "--weights", absent);
    refused(2, "there is no such file or folder", "run", "--weights", absent);
    refused(
        2, "there is no such file", "verify", "-w", "" + Shared.TINY, "--golden", absent + ".st");
  }

  @Test
  void foldersAreNoFiles() throws IOException {
    refused(2, "is a folder and no bundle", "check", folder.toString());
    Files.createDirectory(folder.resolve("model.dune"));
    refused(2, "is a folder", "check", folder.resolve("model.dune").toString());
  }

  @Test
  void whatIsNotGivenIsAskedFor() {
    refused(2, "a file to check is missing", "check");
    refused(2, "missing required option", "build", "-w", "" + Shared.TINY);
    refused(2, "missing required option", "verify", "-w", "" + Shared.TINY);
    refused(2, "the weights are missing; name their folder with --weights", "run", "mistral");
  }

  @Test
  void wordsThatMeanNothing() {
    String tiny = Shared.TINY.toString();
    refused(2, "there is no element type `float16`", "run", "-w", tiny, "--dtype", "float16");
    refused(2, "there is no element type `int`", "run", "-w", tiny, "--dtype", "int");
    refused(2, "did you mean `cuda`?", "run", "-w", tiny, "--device", "cudo");
    refused(
        2,
        "option '--format': choose text, json, not `xml`",
        "check",
        "-w",
        tiny,
        "--format",
        "xml");
    refused(2, "value for option '--set'", "check", "llama", "--set", "D");
    refused(2, "--max-tokens", "run", "-w", tiny, "--max-tokens", "many");
    refused(2, "did you mean `--temperature`?", "run", "-w", tiny, "--temprature", "1");
    refused(1, "there is no code `E9999`", "explain", "E9999");
  }

  @Test
  void numbersOutOfRange() {
    String tiny = Shared.TINY.toString();
    refused(2, "--temperature must be 0 or more", "run", "-w", tiny, "--temperature", "-1");
    refused(2, "--top-p must be", "run", "-w", tiny, "--top-p", "2");
    refused(2, "--top-k must be", "run", "-w", tiny, "--top-k", "-3");
    refused(2, "--min-p must be between 0 and 1, not 1.5", "run", "-w", tiny, "--min-p", "1.5");
    refused(2, "must be more than 0", "run", "-w", tiny, "--repeat-penalty", "-1");
    refused(2, "between -2 and 2, not 3", "run", "-w", tiny, "--presence-penalty", "3");
    refused(2, "between -2 and 2, not -3", "run", "-w", tiny, "--frequency-penalty", "-3");
    refused(2, "--max-tokens must be 0 or more", "run", "-w", tiny, "-n", "-1");
    refused(2, "--stop must not be empty", "run", "-w", tiny, "--stop", "");
    refused(2, "--ctx-size must be 1 or more", "run", "-w", tiny, "--ctx-size", "0");
    refused(2, "--max-tokens must be 0 or more", "chat", "-w", tiny, "-n", "-1");
    String[] convert = {"convert", tiny, folder + "/out", "--shard-size", "5"};
    refused(2, "`5` is less than 1 MB; write it with a unit", convert);
    String golden = Shared.TINY.resolve("golden.safetensors").toString();
    String[] threads = {"verify", "-w", tiny, "--golden", golden, "--threads", "0"};
    refused(2, "--threads must be 1 or more", threads);
    for (String tolerance : new String[] {"-1", "NaN"}) {
      String[] verify = {"verify", "-w", tiny, "--golden", golden, "--tolerance", tolerance};
      refused(2, "--tolerance must be 0 or more", verify);
    }
  }

  @Test
  void brokenPrompts() throws IOException {
    String tiny = Shared.TINY.toString();
    refused(2, "--batch must be 1 or more, not 0", "run", "-w", tiny, "--batch", "0");
    refused(2, "--logprobs must be 0 or more, not -1", "run", "-w", tiny, "--logprobs", "-1");
    refused(2, "exclude each other", "run", "-w", tiny, "-p", "a", "--prompts", "b");
    refused(2, "there is no such file", "run", "-w", tiny, "--prompts", folder + "/absent");
    refused(2, "it is a folder; name a file", "run", "-w", tiny, "--prompts", "" + folder);
    Path file = write("prompts", "\n\n");
    refused(1, "it has no prompts", "run", "-w", tiny, "--prompts", file.toString());
    Files.writeString(file, "{\"prompt\": \"a\"}\n{\"prompt\": \n");
    refused(1, "prompts:2: not JSON", "run", "-w", tiny, "--prompts", file.toString());
    Files.write(file, new byte[] {'a', (byte) 0xff});
    refused(1, "byte 1 is not valid UTF-8", "run", "-w", tiny, "--prompts", file.toString());
  }

  @Test
  void textsThatCannotBeScored() throws IOException {
    String tiny = Shared.TINY.toString();
    String text = write("text", "Once").toString();
    refused(2, "missing required option", "score", "-w", tiny);
    refused(2, "the weights are missing", "score", "--text", text);
    refused(2, "there is no such file", "score", "-w", tiny, "--text", folder + "/absent");
    refused(1, "there is no text", "score", "-w", tiny, "--text", write("empty", "").toString());
    Path bad = Files.write(folder.resolve("bad"), new byte[] {(byte) 0xc3});
    refused(1, "byte 0 is not valid UTF-8", "score", "-w", tiny, "--text", bad.toString());
    String[] line = {"score", "-w", tiny, "--text", text, "--ctx-size", "16", "--stride", ""};
    line[line.length - 1] = "17";
    refused(2, "the stride must be between 1 and the context of 16, not 17", line);
    line[line.length - 1] = "0";
    refused(2, "not 0", line);
    line[line.length - 1] = "x";
    refused(2, "--stride", line);
    refused(2, "a context of 1 leaves", "score", "-w", tiny, "--text", text, "--ctx-size", "1");
  }

  @Test
  void mistakesOfTheModelAreShown() throws IOException {
    Path file = write("model.dune", MODEL.replace("head(embed(tokens))", "haed(embed(tokens))"));
    refused(1, "error[E0101]", "check", file.toString());
    refused(1, "did you mean `head`?", "run", file.toString(), "-w", "" + Shared.TINY);
    refused(1, "1 error", "ir", file.toString());
    Path out = folder.resolve("out.dune.d");
    refused(1, "E0101", "build", file.toString(), "-w", "" + Shared.TINY, "-o", out.toString());
    assertThat(out).doesNotExist();
  }

  @Test
  void filesThatAreNoText() throws IOException {
    Path file = Files.write(folder.resolve("model.dune"), new byte[] {'a', (byte) 0xff, 'b'});
    refused(1, "not UTF-8", "check", file.toString());
    refused(1, "not UTF-8", "run", file.toString(), "-w", "" + Shared.TINY);
  }

  @Test
  void brokenWeights() throws IOException {
    Path weights = weights();
    Path tensors = weights.resolve("model.safetensors");
    byte[] bytes = Files.readAllBytes(tensors);
    Files.write(tensors, Arrays.copyOf(bytes, bytes.length / 2));
    refused(1, "model.safetensors", "run", "-w", weights.toString());
    refused(1, "model.safetensors", "check", "-w", weights.toString());
    Files.writeString(tensors, "hello");
    refused(1, "model.safetensors", "check", "-w", weights.toString());
    byte[] hostile = bytes.clone();
    hostile[7] = 0x7f;
    Files.write(tensors, hostile);
    refused(1, "model.safetensors", "check", "-w", weights.toString());
    Files.delete(tensors);
    refused(2, "holds no weights", "check", "-w", weights.toString());
  }

  @Test
  void brokenConfigs() throws IOException {
    Path weights = weights();
    Path config = weights.resolve("config.json");
    String text = Files.readString(config);
    Files.writeString(config, text.replace("LlamaForCausalLM", "NobodysForCausalLM"));
    refused(1, "`NobodysForCausalLM`", "run", "-w", weights.toString());
    Files.writeString(config, text.replaceAll("\"hidden_size\": \\d+,", ""));
    refused(1, "hidden_size", "run", "-w", weights.toString());
    Files.writeString(config, text.replaceAll("\"hidden_size\": \\d+", "\"hidden_size\": \"x\""));
    refused(1, "hidden_size", "run", "-w", weights.toString());
    Files.writeString(config, "{\n  oops");
    refused(1, "config.json:2:", "run", "-w", weights.toString());
    Files.delete(config);
    refused(2, "config.json", "run", "-w", weights.toString());
  }

  @Test
  void configsThatContradictTheTensors() throws IOException {
    Path weights = weights();
    Path config = weights.resolve("config.json");
    Files.writeString(
        config, Files.readString(config).replaceAll("(\"vocab_size\"): \\d+", "$1: 7"));
    String golden = Shared.TINY.resolve("golden.safetensors").toString();
    refused(1, "should be [7,", "verify", "-w", weights.toString(), "--golden", golden);
    Run check = Run.of("check", "-w", weights.toString());
    assertThat(check.status()).isEqualTo(1);
    assertThat(check.out()).contains("wrong shape").contains("asked for at");
  }

  @Test
  void placesThatCannotBeWritten() throws IOException {
    Path file = write("file", "");
    String tiny = Shared.TINY.toString();
    refused(2, "cannot write", "build", "-w", tiny, "-o", file.resolve("out").toString());
    refused(2, "something else is there", "build", "-w", tiny, "-o", file.toString());
    refused(2, "cannot write", "build", "-w", tiny, "-o", folder.resolve("a/b").toString());
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left).containsExactly(file);
    }
  }

  @Test
  void bundlesOfAnotherVersion() throws IOException {
    Path bundle = folder.resolve("tiny.dune.d");
    assertThat(Run.of("build", "-w", "" + Shared.TINY, "-o", bundle.toString()).status()).isZero();
    Path manifest = bundle.resolve("manifest.json");
    String text = Files.readString(manifest);
    Files.writeString(manifest, text.replaceFirst("\"format\" : \\d+", "\"format\" : 999"));
    refused(1, "has the format 999", "run", bundle.toString());
    refused(1, "dunec build -w " + Shared.TINY, "run", bundle.toString());
    Files.writeString(manifest, "{");
    refused(1, "manifest.json", "run", bundle.toString());
    Files.writeString(manifest, text);
    refused(
        1, "is a bundle already", "build", bundle.toString(), "-w", "" + Shared.TINY, "-o", "x");
  }

  @Test
  void brokenRecommendations() throws IOException {
    Path weights = weights();
    Files.writeString(weights.resolve("generation_config.json"), "{\"temperature\": -1}");
    String message = "generation_config.json: temperature must be 0 or more, not -1";
    refused(1, message, "run", "-w", weights.toString());
  }

  @Test
  void missingTokenizer() {
    refused(2, "tokenizer.json", "run", "-w", Shared.TINY.toString());
  }

  @Test
  void environmentVariablesAreHeldToTheSame() {
    Run run = Run.of("", Map.of("DUNE_DTYPE", "float16"), "run", "-w", Shared.TINY.toString());
    assertThat(run.status()).isEqualTo(2);
    assertThat(run.err()).contains("there is no element type `float16`");
  }

  @Test
  void checkPrintsJsonForEditors() throws IOException {
    Path file = write("model.dune", MODEL.replace("head(embed(tokens))", "haed(embed(tokens))"));
    Run run = Run.of("check", "--format", "json", file.toString());
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.err()).isEmpty();
    assertThat(run.out()).startsWith("{\"diagnostics\":[{\"code\":\"E0101\"").contains("haed");
    assertThat(run.out().getBytes(StandardCharsets.UTF_8)).endsWith((byte) '\n');
  }
}
