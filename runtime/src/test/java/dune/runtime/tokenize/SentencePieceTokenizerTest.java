package dune.runtime.tokenize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dune.weights.EnvironmentFailure;
import dune.weights.InputFailure;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SentencePieceTokenizerTest {
  @TempDir Path folder;

  @BeforeEach
  void model() throws IOException {
    writeTo(folder, "bpe_llama");
  }

  static void writeTo(Path folder, String name) throws IOException {
    try (InputStream in =
        SentencePieceTokenizerTest.class.getResourceAsStream("/tokenizer/" + name + ".model")) {
      Files.write(folder.resolve("tokenizer.model"), in.readAllBytes());
    }
  }

  private Tokenizer with(String config) throws IOException {
    Files.writeString(folder.resolve("tokenizer_config.json"), config);
    return Tokenizers.of(folder);
  }

  private static int[] join(int[]... parts) {
    return IntStream.range(0, parts.length).flatMap(i -> IntStream.of(parts[i])).toArray();
  }

  @Test
  void promptsBeginAsTheConfigurationSays() throws IOException {
    int[] plain = Tokenizers.of(folder).encode("Romeo");
    assertThat(Tokenizers.of(folder).encodePrompt("Romeo")).isEqualTo(join(new int[] {1}, plain));
    assertThat(with("{\"add_bos_token\": false}").encodePrompt("Romeo")).isEqualTo(plain);
    Tokenizer named = with("{\"add_bos_token\": true, \"bos_token\": \"</s>\"}");
    assertThat(named.encodePrompt("Romeo")).isEqualTo(join(new int[] {2}, plain));
    assertThat(named.encodePrompt("")).containsExactly(2);
  }

  @Test
  void endsComeFromTheSettingsElseFromTheModel() throws IOException {
    assertThat(Tokenizers.of(folder).special().ends()).containsExactly(2);
    assertThat(
            with("{\"eos_token\": {\"content\": \"<|im_end|>\"}, \"added_tokens_decoder\":"
                    + " {\"800\": {\"content\": \"<|im_end|>\", \"special\": true}}}")
                .special()
                .ends())
        .containsExactly(800);
  }

  @Test
  void namesOfSpecialTokensAreTextUnlessMarked() throws IOException {
    Tokenizer tokenizer = Tokenizers.of(folder);
    assertThat(tokenizer.encode("<s> a </s>")).doesNotContain(1, 2);
    assertThat(tokenizer.decode(tokenizer.encode("<s> a </s>"))).isEqualTo("<s> a </s>");
    assertThat(tokenizer.encodeMarked("<s>a</s>"))
        .isEqualTo(join(new int[] {1}, tokenizer.encode("a"), new int[] {2}));
    assertThat(tokenizer.decode(tokenizer.encodeMarked("<s>a</s>"))).isEqualTo("a");
  }

  /// As `legacy` says in Hugging Face's settings.
  @Test
  void theSpaceAfterSpecialTokens() throws IOException {
    int[] spaced = with("{\"legacy\": true}").encodeMarked("<s>a");
    int[] tight = with("{\"legacy\": false}").encodeMarked("<s>a");
    assertThat(spaced).isNotEqualTo(tight);
    assertThat(with("{}").encodeMarked("<s>a")).isEqualTo(spaced);
    assertThat(with("{\"legacy\": false}").encodeMarked("a</s>")).startsWith(spaced[1]);
  }

  @Test
  void addedTokensAreOneToken() throws IOException {
    Files.writeString(folder.resolve("added_tokens.json"), "{\"<|user|>\": 801, \"<|us\": 802}");
    Tokenizer tokenizer =
        with(
            "{\"added_tokens_decoder\": {\"803\": {\"content\": \"wow\", \"special\": false}},"
                + " \"legacy\": false}");
    assertThat(tokenizer.encodeMarked("<|user|><|us<|use"))
        .startsWith(801, 802, 802)
        .hasSizeGreaterThan(3);
    int[] shown = tokenizer.encodeMarked("a wow b");
    assertThat(shown).contains(803);
    assertThat(tokenizer.decode(shown)).isEqualTo("a wow b");
    assertThat(tokenizer.decode(new int[] {801, 802})).isEmpty();
  }

  @Test
  void tokenizerJsonComesFirst() throws IOException {
    SmallTokenizer.writeTo(folder, "{}");
    try (Tokenizer tokenizer = Tokenizers.of(folder)) {
      assertThat(tokenizer).isInstanceOf(HuggingFaceTokenizer.class);
    }
  }

  @Test
  void whatIsThereIsNamedOrWrong() throws IOException {
    Files.writeString(
        folder.resolve("tokenizer.model"), "version https://git-lfs.github.com/spec/v1");
    assertThatExceptionOfType(InputFailure.class)
        .isThrownBy(() -> Tokenizers.of(folder))
        .withMessageStartingWith(
            folder.resolve("tokenizer.model") + ": it is no SentencePiece model");
    Files.delete(folder.resolve("tokenizer.model"));
    assertThatExceptionOfType(EnvironmentFailure.class)
        .isThrownBy(() -> Tokenizers.of(folder))
        .withMessage(
            folder
                + " has no tokenizer: neither tokenizer.json nor tokenizer.model nor"
                + " dune_tokenizer.json; copy it there from where the weights are");
  }
}
