package dune.runtime.tokenize;

import dune.ir.checkpoint.Config;
import dune.ir.checkpoint.Json;
import dune.weights.config.GenerationConfig;
import java.util.NavigableSet;
import java.util.OptionalInt;
import java.util.TreeSet;
import java.util.function.Function;

/// Finds the tokens that begin and end a sequence.
///
/// The beginning is `bos_token` of `tokenizer_config.json`, else what the generation settings say.
/// Prompts start with it as `add_bos_token` says; where that is silent, as the post-processor of
/// `tokenizer.json` does. The ends are those of the generation settings, and `eos_token`.
///
/// @param idOf the id of a special token's text, if it is one
/// @param addedFirst what the post-processor puts before a text
record SpecialTokensReader(Function<String, OptionalInt> idOf, OptionalInt addedFirst) {
  SpecialTokens read(Config config, GenerationConfig generation) {
    OptionalInt beginning = token(config.get("bos_token"));
    if (beginning.isEmpty() && generation.bos().isPresent()) {
      beginning = OptionalInt.of(Math.toIntExact(generation.bos().getAsLong()));
    }
    boolean begins =
        config.get("add_bos_token").value() instanceof Json.Bool said
            ? said.value()
            : beginning.isPresent() && beginning.equals(addedFirst);

    NavigableSet<Integer> ends = new TreeSet<>();
    token(config.get("eos_token")).ifPresent(ends::add);
    generation.eos().forEach(end -> ends.add(Math.toIntExact(end)));
    return new SpecialTokens(beginning, begins, ends);
  }

  /// A token given as its text, or as an object with `content`.
  private OptionalInt token(Config token) {
    Json text = token.value() instanceof Json.Fields ? token.get("content").value() : token.value();
    return text instanceof Json.Text(String value, _) ? idOf.apply(value) : OptionalInt.empty();
  }
}
