package dune.runtime.prompts;

import dune.runtime.tokenize.Tokenizer;

/// What single tokens read like where they stand.
record TokenTexts(Tokenizer tokenizer) {

  /// The text that `token` adds after `before`; empty for special tokens. Tokens that are only part
  /// of a character read U+FFFD.
  String of(int before, int token) {
    String context = tokenizer.decode(new int[] {before});
    String both = tokenizer.decode(new int[] {before, token});
    return both.startsWith(context)
        ? both.substring(context.length())
        : tokenizer.decode(new int[] {token});
  }
}
