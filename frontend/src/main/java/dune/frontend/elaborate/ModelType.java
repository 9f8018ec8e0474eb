package dune.frontend.elaborate;

import java.util.Locale;

/// What `config.json` calls the family of an architecture, as Hugging Face derives it:
/// `Qwen3MoeForCausalLM` is of `qwen3_moe`.
final class ModelType {
  private ModelType() {}

  static String of(String architecture) {
    return architecture
        .replaceFirst("(ForCausalLM|LMHeadModel|ForConditionalGeneration|Model)$", "")
        .replaceAll("(?<=[a-z0-9])(?=[A-Z])", "_")
        .toLowerCase(Locale.ROOT);
  }
}
