package dune.runtime.tokenize;

import dune.weights.InputFailure;

/// Turns text into token ids and token ids into text. Safe for use by several threads.
public interface Tokenizer extends AutoCloseable {
  /// The ids of `text` alone.
  int[] encode(String text);

  /// The ids of `text` alone, in which what spells a special token is that token: what templates
  /// write. Hugging Face's tokenizers never take it as anything else.
  default int[] encodeMarked(String text) {
    return encode(text);
  }

  /// The ids that a model continues: `text` after the beginning token, where the checkpoint wants
  /// one. An empty text starts from the beginning token even where others do not.
  ///
  /// @throws InputFailure if nothing is left to start from
  default int[] encodePrompt(String text) {
    int[] ids = encodeMarked(text);
    SpecialTokens special = special();
    boolean wanted = special.beginsPrompts() || ids.length == 0;
    if (!wanted || special.beginning().isEmpty()) {
      if (ids.length == 0) {
        throw new InputFailure(
            "the prompt is empty, and the tokenizer names no beginning token to start from");
      }
      return ids;
    }
    int[] prompt = new int[ids.length + 1];
    prompt[0] = special.beginning().getAsInt();
    System.arraycopy(ids, 0, prompt, 1, ids.length);
    return prompt;
  }

  /// The text of `ids`, without special tokens. Bytes that are not UTF-8 become U+FFFD.
  String decode(int[] ids);

  /// What begins and ends a sequence.
  SpecialTokens special();

  /// The text that follows `context`, as tokens arrive one by one.
  default TokenStream stream(int[] context) {
    return new TokenStream(this, context);
  }

  @Override
  void close();
}
