package dune.weights.consolidated;

import dune.ir.checkpoint.Json;
import dune.weights.InputFailure;
import dune.weights.Quoted;
import dune.weights.json.JsonFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/// What `params.json` says, under either of the names that were in use. A setting that is not known
/// here is refused: the model might compute something else.
final class Params {
  private static final List<String> KNOWN =
      List.of(
          "dim",
          "hidden_size",
          "n_layers",
          "num_hidden_layers",
          "n_heads",
          "num_attention_heads",
          "n_kv_heads",
          "num_key_value_heads",
          "head_dim",
          "hidden_dim",
          "intermediate_size",
          "norm_eps",
          "rms_norm_eps",
          "vocab_size",
          "rope_theta",
          "sliding_window",
          "moe",
          "moe.num_experts",
          "moe.num_experts_per_tok",
          "num_local_experts",
          "num_experts_per_tok",
          "use_scaled_rope",
          "rope_scaling_factor",
          // What sizes were computed from, which the tensors show.
          "multiple_of",
          "ffn_dim_multiplier",
          "tied_embeddings",
          "max_position_embeddings",
          // Of programs, not of the model.
          "max_seq_len",
          "max_batch_size",
          "model_parallel_size",
          "model_type",
          "causal");

  private final Path file;
  private final Map<String, Json> values;

  private Params(Path file, Map<String, Json> values) {
    this.file = file;
    this.values = values;
  }

  static Params read(Path file) {
    if (!(JsonFile.read(file) instanceof Json.Fields(var values, _))) {
      throw new InputFailure(file, "it is not an object of parameters");
    }
    requireKnown(file, "", values);
    return new Params(file, values);
  }

  private static void requireKnown(Path file, String prefix, Map<String, Json> values) {
    values.forEach(
        (key, value) -> {
          if (KNOWN.contains(prefix + key)) {
            if (value instanceof Json.Fields(var inner, _)) requireKnown(file, key + ".", inner);
          } else if (says(value)) {
            throw new InputFailure(
                file,
                value.place().line(),
                value.place().column(),
                Quoted.name(prefix + key)
                    + " is not a setting that dune knows in this layout; use the checkpoint in"
                    + " Hugging Face's layout");
          }
        });
  }

  /// Whether a setting could change anything.
  private static boolean says(Json value) {
    return !(value instanceof Json.Null || value instanceof Json.Bool(var on, _) && !on);
  }

  Path file() {
    return file;
  }

  boolean has(String key) {
    return find(key).isPresent();
  }

  boolean isTrue(String key) {
    return find(key).orElse(new Json.Null()) instanceof Json.Bool(var on, _) && on;
  }

  /// @param names of one setting
  long size(String... names) {
    return optional(names)
        .orElseThrow(
            () -> new InputFailure(file, "it has no `" + String.join("` and no `", names) + "`"));
  }

  /// A whole number, which some files write as text.
  OptionalLong optional(String... names) {
    for (String name : names) {
      var value = find(name);
      if (value.isPresent()) return OptionalLong.of(whole(name, value.get()));
    }
    return OptionalLong.empty();
  }

  private long whole(String name, Json value) {
    boolean text = value instanceof Json.Text(var digits, _) && digits.matches("\\d{1,9}");
    if (text) return Long.parseLong(((Json.Text) value).value());
    if (value instanceof Json.Whole(var number, _) && number > 0) return number;
    throw wrong(name, value, "a whole number above 0");
  }

  OptionalDouble real(String... names) {
    for (String name : names) {
      var value = find(name);
      if (value.isEmpty()) continue;
      return OptionalDouble.of(
          switch (value.get()) {
            case Json.Real(var number, _) -> number;
            case Json.Whole(var number, _) -> number;
            case Json.Null _, Json.Bool _, Json.Text _, Json.Items _, Json.Fields _ ->
                throw wrong(name, value.get(), "a number");
          });
    }
    return OptionalDouble.empty();
  }

  /// Under a path such as `moe.num_experts`; null is as good as nothing.
  private Optional<Json> find(String path) {
    var inner = values;
    var steps = new ArrayList<>(List.of(path.split("\\.")));
    while (steps.size() > 1) {
      if (!(inner.get(steps.removeFirst()) instanceof Json.Fields(var next, _))) {
        return Optional.empty();
      }
      inner = next;
    }
    return Optional.ofNullable(inner.get(steps.getFirst()))
        .filter(value -> !(value instanceof Json.Null));
  }

  private InputFailure wrong(String name, Json value, String wanted) {
    return new InputFailure(
        file,
        value.place().line(),
        value.place().column(),
        Quoted.name(name) + " is " + value.kind() + ", and should be " + wanted);
  }
}
