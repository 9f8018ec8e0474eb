package dune.runtime.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// Renders as Python does. The expected texts were made by jinja2 3.1.6 in the environment of
/// transformers 5.18 (`render_jinja_template`); the templates are ours, in the shapes that public
/// models use.
final class JinjaGoldenTest {
  private static final ZonedDateTime NOW = ZonedDateTime.of(2026, 3, 9, 7, 5, 4, 0, ZoneOffset.UTC);

  private static final List<String> SHAPES =
      List.of(
          "alpaca", "chatml", "command", "gemma", "gemma3", "llama2", "llama3", "llama31",
          "mistral", "phi3", "qwen2", "qwen3", "vicuna", "zephyr");

  private static final List<Map<String, String>> CONVERSATION =
      List.of(
          message("user", "Hello <there> & you"),
          message("assistant", " Hi!\n"),
          message("user", "Bye"));

  private static Map<String, String> message(String role, String content) {
    Map<String, String> message = new LinkedHashMap<>();
    message.put("role", role);
    message.put("content", content);
    return message;
  }

  static String resource(String name) throws IOException {
    try (var in = JinjaGoldenTest.class.getResourceAsStream("/templates/" + name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static Stream<JsonNode> cases(String name) throws IOException {
    JsonNode cases = new JsonMapper().readTree(resource(name + ".golden.json"));
    return StreamSupport.stream(cases.spliterator(), false);
  }

  /// What a template sees of a conversation.
  static Map<String, Value> values(List<Map<String, String>> messages, boolean prompt) {
    List<Value> list = new ArrayList<>();
    for (Map<String, String> message : messages) {
      Map<String, Value> entries = new LinkedHashMap<>();
      message.forEach((key, value) -> entries.put(key, Value.of(value)));
      list.add(Value.dict(entries));
    }
    Map<String, Value> values = new LinkedHashMap<>();
    values.put("messages", Value.list(list));
    values.put("tools", Value.NONE);
    values.put("documents", Value.NONE);
    values.put("add_generation_prompt", Value.of(prompt));
    values.put("bos_token", Value.of("<s>"));
    values.put("eos_token", Value.of("</s>"));
    values.put("unk_token", Value.of("<unk>"));
    return values;
  }

  private static void agrees(String template, JsonNode golden, Map<String, Value> values) {
    if (golden.has("text")) {
      assertThat(Template.parse(template).render(values, NOW))
          .isEqualTo(golden.path("text").textValue());
    } else {
      assertThatExceptionOfType(TemplateFailure.class)
          .isThrownBy(() -> Template.parse(template).render(values, NOW))
          .satisfies(failure -> assertThat(failure.line()).isPositive());
    }
  }

  /// What real templates are made of, one construct or a few in each.
  @TestFactory
  Stream<DynamicTest> constructs() throws IOException {
    return cases("constructs")
        .map(
            golden -> {
              String template = golden.path("template").textValue();
              return DynamicTest.dynamicTest(
                  template, () -> agrees(template, golden, values(CONVERSATION, true)));
            });
  }

  @TestFactory
  Stream<DynamicTest> shapes() {
    return SHAPES.stream().map(shape -> DynamicTest.dynamicTest(shape, () -> agrees(shape)));
  }

  private static void agrees(String shape) throws IOException {
    String template = resource(shape + ".jinja");
    List<JsonNode> goldens = cases(shape).toList();
    assertThat(goldens).hasSize(16);
    for (JsonNode golden : goldens) {
      List<Map<String, String>> messages = new ArrayList<>();
      for (JsonNode message : golden.path("messages")) {
        messages.add(
            message(message.path("role").textValue(), message.path("content").textValue()));
      }
      agrees(
          template, golden, values(messages, golden.path("add_generation_prompt").booleanValue()));
      if (golden.path("error").asText().startsWith("Roles must")) {
        assertThatExceptionOfType(TemplateFailure.class)
            .isThrownBy(() -> Template.parse(template).render(values(messages, true), NOW))
            .withMessage(golden.path("error").textValue());
      }
    }
  }
}
