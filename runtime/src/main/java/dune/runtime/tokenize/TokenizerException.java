package dune.runtime.tokenize;

/// The user's text cannot be turned into tokens to go on from.
public final class TokenizerException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  TokenizerException(String message) {
    super(message);
  }
}
