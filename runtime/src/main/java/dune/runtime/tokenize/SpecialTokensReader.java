package dune.runtime.tokenize;

import dune.ir.checkpoint.Json;
import dune.weights.json.JsonFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
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
  private static final Json NOTHING = new Json.Null(Json.Place.NONE);

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

  SpecialTokens read() {
    Json tokenizer = file("tokenizer_config.json");
    Json generation = file("generation_config.json");
    Json model = file("config.json");

    OptionalInt beginning = token(get(tokenizer, "bos_token"));
    if (beginning.isEmpty()) beginning = id(get(generation, "bos_token_id"));
    if (beginning.isEmpty()) beginning = id(get(model, "bos_token_id"));
    boolean begins =
        get(tokenizer, "add_bos_token") instanceof Json.Bool said
            ? said.value()
            : beginning.isPresent() && beginning.equals(addedFirst);

    NavigableSet<Integer> ends = new TreeSet<>();
    token(get(tokenizer, "eos_token")).ifPresent(ends::add);
    Json listed = get(generation, "eos_token_id");
    if (listed instanceof Json.Null) listed = get(model, "eos_token_id");
    if (listed instanceof Json.Items(var ids, _)) {
      ids.forEach(one -> id(one).ifPresent(ends::add));
    } else {
      id(listed).ifPresent(ends::add);
    }
    return new SpecialTokens(beginning, begins, ends);
  }

  private Json file(String name) {
    Path file = folder.resolve(name);
    return Files.exists(file) ? JsonFile.read(file) : NOTHING;
  }

  private static Json get(Json object, String key) {
    return object instanceof Json.Fields(Map<String, Json> values, _)
        ? values.getOrDefault(key, NOTHING)
        : NOTHING;
  }

  /// A token given as its text, or as an object with `content`.
  private OptionalInt token(Json token) {
    Json text = token instanceof Json.Fields ? get(token, "content") : token;
    return text instanceof Json.Text(String value, _) ? idOf.apply(value) : OptionalInt.empty();
  }

  private static OptionalInt id(Json id) {
    return id instanceof Json.Whole(long value, _) && value >= 0 && value <= Integer.MAX_VALUE
        ? OptionalInt.of((int) value)
        : OptionalInt.empty();
  }
}
