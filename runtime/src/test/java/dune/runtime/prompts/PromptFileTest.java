package dune.runtime.prompts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dune.weights.InputFailure;
import java.util.List;
import org.junit.jupiter.api.Test;

final class PromptFileTest {
  private static List<Prompt> parse(String text) {
    return PromptFile.parse("some.txt", text);
  }

  private static void refused(String text, String message) {
    assertThatExceptionOfType(InputFailure.class)
        .isThrownBy(() -> parse(text))
        .withMessageContaining(message);
  }

  @Test
  void eachLineIsAPrompt() {
    assertThat(parse("Once upon\r\n\n  a time \n   \n{last}"))
        .containsExactly(
            new Prompt("Once upon", "some.txt:1"),
            new Prompt("  a time ", "some.txt:3"),
            new Prompt("{last}", "some.txt:5"));
  }

  @Test
  void objectsHaveTheirPromptInAMember() {
    assertThat(parse("\n{\"prompt\": \"two\\nlines\", \"id\": 7}\n{\"prompt\":\"\"}\n"))
        .containsExactly(new Prompt("two\nlines", "some.txt:2"), new Prompt("", "some.txt:3"));
  }

  @Test
  void fileWithoutPromptsAreRefused() {
    refused("", "some.txt: it has no prompts; write one per line");
    refused(" \n\n", "some.txt: it has no prompts");
  }

  @Test
  void mistakesAreToldWithTheirLine() {
    refused("{\"prompt\": \"a\"}\n\nplain", "some.txt:3: not JSON, as the first line promises");
    refused("{\"prompt\": \"a\"", "some.txt:1: not JSON");
    refused("{\"prompt\": \"a\"} {}", "some.txt:1: not JSON");
    refused("{\"prompt\": \"a\", \"prompt\": \"b\"}", "some.txt:1: not JSON");
    refused("{\"prompt\": \"a\"}\n{\"text\": \"b\"}", "some.txt:2: it should be an object with a");
    refused("{\"prompt\": \"a\"}\n[\"b\"]", "some.txt:2: it should be an object with a");
    refused("{\"prompt\": 3}", "some.txt:1: `prompt` should be a text");
  }

  @Test
  void headingsAreShort() {
    assertThat(Prompt.of("\n Once upon ").heading()).isEqualTo("Once upon");
    assertThat(Prompt.of("two\nlines").heading()).isEqualTo("two...");
    assertThat(Prompt.of("x".repeat(60)).heading()).isEqualTo("x".repeat(60));
    assertThat(Prompt.of("x".repeat(61)).heading()).isEqualTo("x".repeat(60) + "...");
    assertThat(Prompt.of("\uD83D\uDE00".repeat(61)).heading())
        .isEqualTo("\uD83D\uDE00".repeat(60) + "...");
    assertThat(Prompt.of("").heading()).isEmpty();
  }

  @Test
  void messagesNameThePlace() {
    assertThat(parse("a").getFirst().about("too long")).isEqualTo("some.txt:1: too long");
    assertThat(Prompt.of("a").about("too long")).isEqualTo("too long");
  }
}
