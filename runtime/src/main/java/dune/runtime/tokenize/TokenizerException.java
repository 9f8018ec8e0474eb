package dune.runtime.tokenize;

/// The checkpoint's tokenizer, or the text given to it, cannot be used: the user's input is wrong.
public final class TokenizerException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  TokenizerException(String message) {
    super(message);
  }
}
