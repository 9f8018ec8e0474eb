package dune.runtime.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dune.runtime.chat.Message;
import dune.runtime.chat.Message.Role;
import dune.weights.EnvironmentFailure;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// A file with a JSON object a line: `text`; `instruction`, `input` and `output`; `prompt` and
/// `completion`; or `messages`. A line that is none of them is told, and left out.
final class JsonEntries {
  private static final ObjectReader JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build()
          .readerFor(JsonNode.class);

  /// A line that is no entry.
  private static final class Bad extends Exception {
    private static final long serialVersionUID = 1L;

    Bad(String message) {
      super(message, null, false, false);
    }
  }

  private JsonEntries() {}

  /// @throws EnvironmentFailure if the file cannot be read
  static List<Numbered> read(Path file, Problems problems) {
    var entries = new ArrayList<Numbered>();
    // Bytes first: one line that is not UTF-8 must not hide the others.
    try (BufferedReader lines = Files.newBufferedReader(file, StandardCharsets.ISO_8859_1)) {
      int number = 0;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        number++;
        if (line.isBlank()) continue;
        try {
          entries.add(new Numbered(file, number, entry(parse(line, number))));
        } catch (Bad bad) {
          problems.leftOut(file, number, bad.getMessage());
        }
      }
    } catch (IOException e) {
      throw EnvironmentFailure.reading(file, e);
    }
    return entries;
  }

  private static JsonNode parse(String line, int number) throws Bad {
    try {
      String text =
          StandardCharsets.UTF_8
              .newDecoder()
              .decode(ByteBuffer.wrap(line.getBytes(StandardCharsets.ISO_8859_1)))
              .toString();
      // A mark of byte order is no part of the first line.
      return JSON.readValue(number == 1 && text.startsWith("\uFEFF") ? text.substring(1) : text);
    } catch (CharacterCodingException e) {
      throw new Bad("it is not valid UTF-8");
    } catch (JsonProcessingException e) {
      throw new Bad("it is no JSON: " + e.getOriginalMessage().lines().findFirst().orElse(""));
    }
  }

  private static Entry entry(JsonNode line) throws Bad {
    if (!line.isObject()) throw new Bad("it is no JSON object");
    if (line.has("messages")) return talk(line.get("messages"));
    if (line.has("instruction")) {
      return new Entry.Task(
          Alpaca.prompt(text(line, "instruction"), line.has("input") ? text(line, "input") : ""),
          answer(line, "output"));
    }
    if (line.has("prompt")) {
      return new Entry.Task(text(line, "prompt"), answer(line, "completion"));
    }
    if (line.has("text")) return new Entry.Text(answer(line, "text"));
    throw new Bad(
        "it has neither `text` nor `messages` nor `instruction` and `output` nor `prompt` and"
            + " `completion`");
  }

  private static String text(JsonNode line, String key) throws Bad {
    JsonNode value = line.path(key);
    if (!value.isTextual()) throw new Bad("`%s` must be a text".formatted(key));
    return value.textValue();
  }

  private static String answer(JsonNode line, String key) throws Bad {
    String text = text(line, key);
    if (text.isEmpty()) throw new Bad("`%s` is empty".formatted(key));
    return text;
  }

  private static Entry talk(JsonNode given) throws Bad {
    var messages = new ArrayList<Message>();
    for (JsonNode message : given) {
      String word = text(message, "role");
      Role role =
          Arrays.stream(Role.values())
              .filter(each -> each.name().toLowerCase(Locale.ROOT).equals(word))
              .findFirst()
              .orElseThrow(
                  () -> new Bad("role `%s`; it must be system, user or assistant".formatted(word)));
      messages.add(new Message(role, text(message, "content")));
    }
    if (messages.stream().noneMatch(message -> message.role() == Role.ASSISTANT)) {
      throw new Bad("the assistant says nothing");
    }
    return new Entry.Talk(messages);
  }
}
