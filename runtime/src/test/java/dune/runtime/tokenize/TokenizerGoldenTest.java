package dune.runtime.tokenize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dune.weights.checkpoint.Checkpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// A real tokenizer against encodings that Hugging Face's Python library made.
final class TokenizerGoldenTest {
  private static final Path FOLDER =
      Path.of(System.getProperty("dune.shared", "../shared"), "models", "stories260K");

  private static Tokenizer tokenizer;

  @BeforeAll
  static void load() throws IOException {
    assumeTrue(
        Files.exists(FOLDER.resolve("tokenizer.json")),
        () -> "skipped: " + FOLDER + " is absent; -Ddune.shared=FOLDER names its parent's parent");
    tokenizer = HuggingFaceTokenizer.of(FOLDER, Checkpoint.open(FOLDER).generation());
  }

  @AfterAll
  static void close() {
    if (tokenizer != null) tokenizer.close();
  }

  private static JsonNode golden(String name) throws IOException {
    return new JsonMapper().readTree(FOLDER.resolve(name).toFile());
  }

  private static int[] ids(JsonNode list) {
    return StreamSupport.stream(list.spliterator(), false).mapToInt(JsonNode::intValue).toArray();
  }

  private static String streamed(int[] context, int[] ids) {
    StringBuilder text = new StringBuilder();
    TokenStream stream = tokenizer.stream(context);
    for (int id : ids) {
      String piece = stream.next(id);
      assertThat(piece).doesNotContain("\uFFFD");
      assertThat(piece.isEmpty() || !Character.isHighSurrogate(piece.charAt(piece.length() - 1)))
          .isTrue();
      text.append(piece);
    }
    return text.append(stream.end()).toString();
  }

  @Test
  void encodesAndDecodesAsTheReference() throws IOException {
    for (JsonNode example : golden("tokenizer.golden.json")) {
      int[] expected = ids(example.path("ids"));
      String decoded = example.path("decoded").textValue();
      assertThat(tokenizer.encodePrompt(example.path("text").textValue())).isEqualTo(expected);
      assertThat(tokenizer.decode(expected)).isEqualTo(decoded);
      int[] rest = IntStream.of(expected).skip(1).toArray();
      assertThat(streamed(new int[] {expected[0]}, rest)).isEqualTo(decoded);
    }
  }

  @Test
  void promptAndStreamGiveTheRecordedTexts() throws IOException {
    for (JsonNode example : golden("golden.json")) {
      String prompt = example.path("prompt").textValue();
      int[] ids = tokenizer.encodePrompt(prompt);
      assertThat(ids).isEqualTo(ids(example.path("ids")));
      assertThat(prompt + streamed(ids, ids(example.path("greedy"))))
          .isEqualTo(example.path("text").textValue());
    }
  }

  @Test
  void knowsItsBeginningAndEnd() {
    assertThat(tokenizer.special().beginning()).hasValue(1);
    assertThat(tokenizer.special().beginsPrompts()).isTrue();
    assertThat(tokenizer.special().ends()).containsExactly(2);
  }
}
