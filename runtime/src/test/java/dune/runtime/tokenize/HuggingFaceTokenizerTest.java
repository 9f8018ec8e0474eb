package dune.runtime.tokenize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dune.weights.EnvironmentFailure;
import dune.weights.InputFailure;
import dune.weights.config.GenerationConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HuggingFaceTokenizerTest {
  private static final String LLAMA =
      """
      {"bos_token": "<s>", "eos_token": {"content": "</s>"}, "add_bos_token": true}\
      """;

  private static final GenerationConfig NOTHING =
      new GenerationConfig(OptionalLong.empty(), List.of());

  @TempDir Path folder;

  private Tokenizer small(String config) throws IOException {
    SmallTokenizer.writeTo(folder, config);
    return HuggingFaceTokenizer.of(folder, NOTHING);
  }

  @Test
  void longTextsAreNotCut() throws IOException {
    try (Tokenizer tokenizer = small(LLAMA)) {
      assertThat(tokenizer.encode("abcde".repeat(300))).hasSize(1501);
    }
  }

  @Test
  void promptsBeginAsTheConfigurationSays() throws IOException {
    try (Tokenizer tokenizer = small(LLAMA)) {
      assertThat(tokenizer.encode("a")).hasSize(2);
      assertThat(tokenizer.encodePrompt("a")).startsWith(1).hasSize(3);
    }
    try (Tokenizer tokenizer = small("{\"bos_token\": \"<s>\", \"add_bos_token\": false}")) {
      assertThat(tokenizer.encodePrompt("a")).hasSize(2).doesNotContain(1);
    }
  }

  @Test
  void postProcessorDecidesWhereTheConfigurationIsSilent() throws IOException {
    try (Tokenizer tokenizer = small("{\"bos_token\": \"<s>\"}")) {
      assertThat(tokenizer.special().beginsPrompts()).isTrue();
    }
    try (Tokenizer tokenizer = small("{\"bos_token\": \"</s>\"}")) {
      assertThat(tokenizer.special().beginsPrompts()).isFalse();
    }
  }

  @Test
  void emptyPromptStartsFromTheBeginningToken() throws IOException {
    try (Tokenizer tokenizer = small("{\"bos_token\": \"<s>\", \"add_bos_token\": false}")) {
      assertThat(tokenizer.encodePrompt("")).containsExactly(1);
    }
    try (Tokenizer tokenizer = small("{}")) {
      assertThatExceptionOfType(InputFailure.class)
          .isThrownBy(() -> tokenizer.encodePrompt(""))
          .withMessageContaining("the prompt is empty");
    }
  }

  @Test
  void beginningAndEndsComeFromBothSides() throws IOException {
    GenerationConfig generation = new GenerationConfig(OptionalLong.of(5), List.of(7L, 8L));
    SmallTokenizer.writeTo(folder, LLAMA);
    try (Tokenizer tokenizer = HuggingFaceTokenizer.of(folder, generation)) {
      assertThat(tokenizer.special().beginning()).hasValue(1);
      assertThat(tokenizer.special().ends()).containsExactly(2, 7, 8);
    }
    SmallTokenizer.writeTo(folder, "{}");
    try (Tokenizer tokenizer = HuggingFaceTokenizer.of(folder, generation)) {
      assertThat(tokenizer.special().beginning()).hasValue(5);
      assertThat(tokenizer.special().ends()).containsExactly(7, 8);
    }
  }

  @Test
  void streamNeverShowsHalfACharacter() throws IOException {
    try (Tokenizer tokenizer = small(LLAMA)) {
      TokenStream stream = tokenizer.stream(new int[] {1});
      byte[] smile = "🙂".getBytes(StandardCharsets.UTF_8);
      for (int i = 0; i < 3; i++) {
        assertThat(stream.next(SmallTokenizer.FIRST_BYTE + (smile[i] & 0xff))).isEmpty();
      }
      assertThat(stream.next(SmallTokenizer.FIRST_BYTE + (smile[3] & 0xff))).isEqualTo("🙂");
      assertThat(stream.end()).isEmpty();
    }
  }

  @Test
  void streamEndsWithWhatNeverBecameACharacter() throws IOException {
    try (Tokenizer tokenizer = small(LLAMA)) {
      TokenStream stream = tokenizer.stream(new int[] {1});
      assertThat(stream.next(SmallTokenizer.FIRST_BYTE + 0xf0)).isEmpty();
      assertThat(stream.end()).isEqualTo("\uFFFD");
      assertThat(stream.end()).isEmpty();
    }
  }

  @Test
  void streamKeepsTheSpaceAfterItsContext() throws IOException {
    try (Tokenizer tokenizer = small(LLAMA)) {
      int[] more = tokenizer.encode("b");
      TokenStream afterText = tokenizer.stream(tokenizer.encodePrompt("a"));
      assertThat(afterText.next(more[0]) + afterText.next(more[1])).isEqualTo(" b");
      TokenStream atStart = tokenizer.stream(new int[] {1});
      assertThat(atStart.next(more[0]) + atStart.next(more[1])).isEqualTo("b");
    }
  }

  @Test
  void specialTokensAreNotText() throws IOException {
    try (Tokenizer tokenizer = small(LLAMA)) {
      TokenStream stream = tokenizer.stream(tokenizer.encodePrompt("a"));
      assertThat(stream.next(2) + stream.end()).isEmpty();
    }
  }

  @Test
  void missingFileIsNamed() {
    assertThatExceptionOfType(EnvironmentFailure.class)
        .isThrownBy(() -> HuggingFaceTokenizer.of(folder, NOTHING))
        .withMessageContaining("tokenizer.json");
  }

  @Test
  void brokenFilesSayWhere() throws IOException {
    Path file = folder.resolve("tokenizer.json");
    Files.writeString(file, "{\n  \"model\": oops\n}");
    assertThatExceptionOfType(InputFailure.class)
        .isThrownBy(() -> HuggingFaceTokenizer.of(folder, NOTHING))
        .withMessageStartingWith(file + ": ")
        .withMessageContaining("line 2");
    Files.writeString(file, "{}");
    assertThatExceptionOfType(InputFailure.class)
        .isThrownBy(() -> HuggingFaceTokenizer.of(folder, NOTHING))
        .withMessageStartingWith(file + ": ");
  }
}
