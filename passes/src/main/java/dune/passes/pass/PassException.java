package dune.passes.pass;

import java.util.Optional;

/// A pass broke a program: our mistake, never the author's.
public final class PassException extends RuntimeException {
  private final transient Optional<Reproducer> reproducer;

  public PassException(String message) {
    super(message);
    this.reproducer = Optional.empty();
  }

  public PassException(String message, Throwable cause) {
    super(message, cause);
    this.reproducer = Optional.empty();
  }

  public PassException(String message, Throwable cause, Reproducer reproducer) {
    super(message, cause);
    this.reproducer = Optional.of(reproducer);
  }

  /// Which pass it was, and on what; empty if no {@link PassManager} ran it.
  public Optional<Reproducer> reproducer() {
    return reproducer;
  }
}
