package dune.runtime.prompts;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dune.weights.InputFailure;
import dune.weights.json.StrictText;
import java.util.ArrayList;
import java.util.List;

/// A file with a prompt per line: as plain text, or, where its first line begins with `{`, as JSON
/// objects with a text `prompt`, whose other members are left alone. Empty lines are left out.
public final class PromptFile {
  private static final ObjectReader JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .build()
          .reader();

  private PromptFile() {}

  /// @param name under which messages mention it
  /// @throws InputFailure if there is no prompt, or a line that should be JSON is not
  public static List<Prompt> parse(String name, String text) {
    boolean json = text.stripLeading().startsWith("{");
    var prompts = new ArrayList<Prompt>();
    int number = 0;
    for (String line : (Iterable<String>) text.lines()::iterator) {
      number++;
      if (line.isBlank()) continue;
      String place = name + ":" + number;
      prompts.add(new Prompt(json ? member(line, place) : line, place));
    }
    if (prompts.isEmpty()) {
      throw new InputFailure(name + ": it has no prompts; write one per line");
    }
    return prompts;
  }

  private static String member(String line, String place) {
    JsonNode object;
    try {
      object = JSON.readTree(line);
    } catch (JsonProcessingException e) {
      throw new InputFailure(
          place + ": not JSON, as the first line promises by its `{`: " + StrictText.reason(e));
    }
    JsonNode prompt = object.path("prompt");
    if (prompt.isTextual()) return prompt.textValue();
    throw new InputFailure(
        place
            + (prompt.isMissingNode()
                ? ": it should be an object with a text `prompt`"
                : ": `prompt` should be a text"));
  }
}
