package dune.passes.pass;

/// A pass broke a program: our mistake, never the author's.
public final class PassException extends RuntimeException {
  public PassException(String message) {
    super(message);
  }

  public PassException(String message, Throwable cause) {
    super(message, cause);
  }
}
