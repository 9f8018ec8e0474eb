package dune.runtime.tokenize;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.NavigableSet;
import java.util.OptionalInt;
import java.util.TreeSet;
import java.util.function.Function;

/// Reads from the JSON files of a checkpoint folder which tokens begin and end a sequence.
///
/// The beginning is `bos_token` of `tokenizer_config.json`, else `bos_token_id` of
/// `generation_config.json` or `config.json`. Prompts start with it as `add_bos_token` says; where
/// that is silent, as the post-processor of `tokenizer.json` does. The ends are `eos_token_id` of
/// `generation_config.json` (else `config.json`), and `eos_token`.
final class SpecialTokensReader {
  private static final JsonMapper JSON = new JsonMapper();

  private final Path folder;

  /// Id of a special token's text, if it is one.
  private final Function<String, OptionalInt> idOf;

  /// What the post-processor of `tokenizer.json` puts before a text.
  private final OptionalInt addedFirst;

  SpecialTokensReader(Path folder, Function<String, OptionalInt> idOf, OptionalInt addedFirst) {
    this.folder = folder;
    this.idOf = idOf;
    this.addedFirst = addedFirst;
  }

  SpecialTokens read() throws IOException {
    JsonNode config = optional("tokenizer_config.json");
    JsonNode generation = optional("generation_config.json");
    JsonNode model = optional("config.json");

    OptionalInt beginning = token(config.path("bos_token"));
    if (beginning.isEmpty()) beginning = id(generation.path("bos_token_id"));
    if (beginning.isEmpty()) beginning = id(model.path("bos_token_id"));

    NavigableSet<Integer> ends = new TreeSet<>();
    token(config.path("eos_token")).ifPresent(ends::add);
    JsonNode listed = generation.hasNonNull("eos_token_id") ? generation : model;
    JsonNode ids = listed.path("eos_token_id");
    if (ids.isArray()) {
      ids.forEach(id -> id(id).ifPresent(ends::add));
    } else {
      id(ids).ifPresent(ends::add);
    }
    return new SpecialTokens(beginning, beginsPrompts(config, beginning), ends);
  }

  private boolean beginsPrompts(JsonNode config, OptionalInt beginning) {
    JsonNode said = config.path("add_bos_token");
    if (said.isBoolean()) return said.booleanValue();
    return beginning.isPresent() && beginning.equals(addedFirst);
  }

  private JsonNode optional(String name) throws IOException {
    Path file = folder.resolve(name);
    return Files.exists(file) ? parse(file) : JSON.createObjectNode();
  }

  private static JsonNode parse(Path file) throws IOException {
    try {
      return JSON.readTree(Files.readAllBytes(file));
    } catch (JsonProcessingException e) {
      String where =
          e.getLocation() == null
              ? ""
              : ":" + e.getLocation().getLineNr() + ":" + e.getLocation().getColumnNr();
      throw new TokenizerException(file + where + ": not JSON: " + e.getOriginalMessage());
    }
  }

  /// A token given as its text or as an object with `content`.
  private OptionalInt token(JsonNode token) {
    JsonNode text = token.isObject() ? token.path("content") : token;
    return text.isTextual() ? idOf.apply(text.textValue()) : OptionalInt.empty();
  }

  private static OptionalInt id(JsonNode id) {
    return id.isInt() && id.intValue() >= 0 ? OptionalInt.of(id.intValue()) : OptionalInt.empty();
  }
}
