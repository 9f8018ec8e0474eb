package dune.weights;

import java.nio.file.Path;

/// What the user gave can be read, but is not what it must be: a file that is truncated,
/// contradictory or hostile, a prompt that is too long. The message is one line: the file, where in
/// it, what is wrong, and what to do where that is known.
public final class InputFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// Of input that is no file.
  public InputFailure(String message) {
    super(message);
  }

  public InputFailure(Path file, String message) {
    super(Quoted.path(file) + ": " + message);
  }

  /// @param line one-based
  /// @param column one-based
  public InputFailure(Path file, int line, int column, String message) {
    super(Quoted.path(file) + ":" + line + ":" + column + ": " + message);
  }
}
