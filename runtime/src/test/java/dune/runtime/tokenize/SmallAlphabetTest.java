package dune.runtime.tokenize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dune.weights.InputFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SmallAlphabetTest {
  @TempDir Path folder;

  private void refused(String message, String json) throws IOException {
    Path file = Files.writeString(folder.resolve(SmallAlphabet.FILE), json);
    assertThatExceptionOfType(InputFailure.class)
        .isThrownBy(() -> Tokenizers.of(folder))
        .withMessage(file + ": " + message);
  }

  @Test
  void bytesAreTheirValues() {
    SmallAlphabet bytes = SmallAlphabet.bytes();
    assertThat(bytes.size()).isEqualTo(256);
    assertThat(bytes.encode("aé")).containsExactly('a', 0xC3, 0xA9);
    assertThat(bytes.decode(new int[] {'a', 0xC3, 0xA9, 0xC3})).isEqualTo("aé\uFFFD");
  }

  @Test
  void alphabetsAreInOrder() {
    SmallAlphabet characters = SmallAlphabet.of("banana 🙂\n");
    assertThat(characters.json()).isEqualTo("{\"type\":\"char\",\"alphabet\":\"\\n abn🙂\"}");
    assertThat(characters.encode("nab🙂")).containsExactly(4, 2, 3, 5);
    assertThat(characters.decode(new int[] {5, 0, 4})).isEqualTo("🙂\nn");
    assertThatExceptionOfType(InputFailure.class)
        .isThrownBy(() -> characters.encode("bänd"))
        .withMessage("the character `ä` is not among the 6 that this model was trained on");
  }

  @Test
  void bothSurviveTheirFile() {
    for (SmallAlphabet alphabet :
        new SmallAlphabet[] {SmallAlphabet.bytes(), SmallAlphabet.of("\"quoted\"\\\u0000\uFEFF")}) {
      alphabet.write(folder);
      assertThat(Tokenizers.of(folder)).isEqualTo(alphabet);
    }
  }

  @Test
  void othersReadTheSame() throws IOException {
    String text = "\"so\" it\n goes\t\\ 🙂é\u0000";
    for (SmallAlphabet alphabet :
        new SmallAlphabet[] {SmallAlphabet.bytes(), SmallAlphabet.of(text)}) {
      alphabet.write(folder);
      alphabet.writeHuggingFace(folder);
      assertThat(Tokenizers.of(folder)).isEqualTo(alphabet);
      Files.delete(folder.resolve(SmallAlphabet.FILE));
      try (Tokenizer other = Tokenizers.of(folder)) {
        assertThat(other).isInstanceOf(HuggingFaceTokenizer.class);
        assertThat(other.encode(text)).isEqualTo(alphabet.encode(text));
        assertThat(other.decode(alphabet.encode(text))).isEqualTo(text);
      }
    }
  }

  @Test
  void badFilesSayWhatIsWrong() throws IOException {
    refused("its `type` is neither `byte` nor `char`", "{}");
    refused("its `type` is neither `byte` nor `char`", "[\"byte\"]");
    refused("it has no text `alphabet`, which says what its tokens are", "{\"type\": \"char\"}");
    refused("`a` stands twice in the alphabet", "{\"type\": \"char\", \"alphabet\": \"aba\"}");
    refused("the alphabet is empty", "{\"type\": \"char\", \"alphabet\": \"\"}");
    refused("half a character is in it", "{\"type\": \"char\", \"alphabet\": \"\\ud83d\"}");
    assertThatExceptionOfType(InputFailure.class)
        .isThrownBy(() -> SmallAlphabet.of(""))
        .withMessageContaining("no alphabet");
  }
}
