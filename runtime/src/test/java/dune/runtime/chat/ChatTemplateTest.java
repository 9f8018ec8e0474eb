package dune.runtime.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dune.runtime.chat.Message.Role;
import dune.weights.EnvironmentFailure;
import dune.weights.InputFailure;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ChatTemplateTest {
  private static final ZonedDateTime NOW = ZonedDateTime.of(2026, 3, 9, 7, 5, 4, 0, ZoneOffset.UTC);

  private static final List<Message> HELLO = List.of(new Message(Role.USER, "Hello"));

  @TempDir Path folder;

  private void write(String name, String text) throws IOException {
    Files.writeString(folder.resolve(name), text);
  }

  private String hello() {
    return ChatTemplate.of(folder).render(HELLO, ChatTemplate.Ending.ANSWER, NOW);
  }

  @Test
  void theFileComesFirst() throws IOException {
    write("tokenizer_config.json", "{\"chat_template\": \"settings\"}");
    assertThat(hello()).isEqualTo("settings");
    write("chat_template.jinja", "file");
    assertThat(hello()).isEqualTo("file");
  }

  @Test
  void ofSeveralTheDefaultIsTaken() throws IOException {
    write(
        "tokenizer_config.json",
        """
        {"chat_template": [{"name": "tool_use", "template": "tools"},
                           {"name": "default", "template": "plain"}]}
        """);
    assertThat(hello()).isEqualTo("plain");
    write(
        "tokenizer_config.json",
        """
        {"chat_template": [{"name": "a", "template": "x"}, {"name": "b", "template": "y"}]}
        """);
    assertThatExceptionOfType(InputFailure.class)
        .isThrownBy(this::hello)
        .withMessageContaining("of its chat templates a, b none is called `default`");
  }

  @Test
  void tokensComeFromTheSettings() throws IOException {
    write(
        "tokenizer_config.json",
        "{\"bos_token\": \"<s>\", \"eos_token\": {\"content\": \"</s>\"}, \"pad_token\": null}");
    write("special_tokens_map.json", "{\"unk_token\": \"<unk>\", \"bos_token\": \"no\"}");
    write(
        "chat_template.jinja",
        "{{ bos_token }}{{ messages[0].content }}{{ eos_token }}{{ unk_token }}{{ pad_token is"
            + " defined }}");
    assertThat(hello()).isEqualTo("<s>Hello</s><unk>False");
  }

  @Test
  void aFolderWithoutTemplateSaysSo() {
    assertThatExceptionOfType(EnvironmentFailure.class)
        .isThrownBy(this::hello)
        .withMessage(
            folder
                + " has no chat template: neither chat_template.jinja nor `chat_template` in"
                + " tokenizer_config.json; `dunec run` continues texts without one");
  }

  @Test
  void mistakesHaveTheirLine() throws IOException {
    write("chat_template.jinja", "{{ bos_token }}\n{% for x of y %}");
    assertThatExceptionOfType(InputFailure.class)
        .isThrownBy(() -> ChatTemplate.of(folder))
        .withMessage(
            folder.resolve("chat_template.jinja") + ": line 2: `in` is expected, not `of`");
    write("chat_template.jinja", "\n{{ raise_exception('no\nway ' ~ messages[0].role) }}");
    assertThatExceptionOfType(InputFailure.class)
        .isThrownBy(this::hello)
        .withMessage(folder.resolve("chat_template.jinja") + ": line 2: no\\u000away user");
  }

  @Test
  void bytesThatAreNoText() throws IOException {
    Files.write(folder.resolve("chat_template.jinja"), new byte[] {'a', (byte) 0xFF});
    assertThatExceptionOfType(InputFailure.class)
        .isThrownBy(() -> ChatTemplate.of(folder))
        .withMessageContaining("not valid UTF-8");
  }

  /// The same as in Python, from the file to the text.
  @Test
  void shapesOfPublicTemplates() throws IOException {
    write(
        "tokenizer_config.json",
        "{\"bos_token\": \"<s>\", \"eos_token\": \"</s>\", \"unk_token\": \"<unk>\"}");
    for (String shape : List.of("llama31", "mistral", "phi3", "gemma", "zephyr", "qwen3")) {
      try (InputStream template = open(shape + ".jinja")) {
        Files.write(folder.resolve("chat_template.jinja"), template.readAllBytes());
      }
      ChatTemplate template = ChatTemplate.of(folder);
      for (JsonNode golden : goldens(shape)) {
        List<Message> messages = new ArrayList<>();
        for (JsonNode message : golden.path("messages")) {
          Role role = Role.valueOf(message.path("role").textValue().toUpperCase(Locale.ROOT));
          messages.add(new Message(role, message.path("content").textValue()));
        }
        var ending =
            golden.path("add_generation_prompt").booleanValue()
                ? ChatTemplate.Ending.ANSWER
                : ChatTemplate.Ending.NOTHING;
        if (golden.has("text")) {
          assertThat(template.render(messages, ending, NOW))
              .isEqualTo(golden.path("text").textValue());
        } else {
          assertThatExceptionOfType(InputFailure.class)
              .isThrownBy(() -> template.render(messages, ending, NOW))
              .withMessageEndingWith(golden.path("error").textValue());
        }
      }
    }
  }

  private static InputStream open(String name) {
    return ChatTemplateTest.class.getResourceAsStream("/templates/" + name);
  }

  private static JsonNode goldens(String shape) throws IOException {
    try (InputStream in = open(shape + ".golden.json")) {
      return new JsonMapper().readTree(in);
    }
  }
}
