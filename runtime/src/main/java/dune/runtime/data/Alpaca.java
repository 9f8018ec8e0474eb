package dune.runtime.data;

/// How instructions are written for a model that has no way of its own.
///
/// Source: Taori et al., Stanford Alpaca; with the line feed behind `### Response:` that most have
/// who use it.
final class Alpaca {
  private static final String WITH_INPUT =
      """
      Below is an instruction that describes a task, paired with an input that provides further \
      context. Write a response that appropriately completes the request.

      ### Instruction:
      %s

      ### Input:
      %s

      ### Response:
      """;

  private static final String WITHOUT_INPUT =
      """
      Below is an instruction that describes a task. Write a response that appropriately completes \
      the request.

      ### Instruction:
      %s

      ### Response:
      """;

  private Alpaca() {}

  /// @param input what the instruction is about; may be empty
  static String prompt(String instruction, String input) {
    return input.isBlank()
        ? WITHOUT_INPUT.formatted(instruction)
        : WITH_INPUT.formatted(instruction, input);
  }
}
