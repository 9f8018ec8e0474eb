package dune.frontend.elaborate;

import java.util.Locale;
import java.util.Map;

/// What `config.json` calls the family of an architecture, as Hugging Face's library knows it:
/// `Qwen3MoeForCausalLM` is of `qwen3_moe`.
final class ModelType {
  /// Those that do not follow from the name.
  private static final Map<String, String> IRREGULAR =
      Map.of(
          "GPTNeoX", "gpt_neox",
          "Gemma3", "gemma3_text",
          "SmolLM3", "smollm3",
          "StableLm", "stablelm");

  private ModelType() {}

  static String of(String architecture) {
    var name =
        architecture.replaceFirst("(ForCausalLM|LMHeadModel|ForConditionalGeneration|Model)$", "");
    var words = name.replaceAll("(?<=[a-z0-9])(?=[A-Z])", "_").toLowerCase(Locale.ROOT);
    return IRREGULAR.getOrDefault(name, words);
  }
}
