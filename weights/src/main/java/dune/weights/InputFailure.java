package dune.weights;

import java.nio.file.Path;

/// A file can be read, but its content is not what it must be: truncated, contradictory, hostile.
/// The message is one line: the file, where in it, what is wrong, and what to do where that is
/// known.
public final class InputFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public InputFailure(Path file, String message) {
    super(Quoted.path(file) + ": " + message);
  }

  /// @param line one-based
  /// @param column one-based
  public InputFailure(Path file, int line, int column, String message) {
    super(Quoted.path(file) + ":" + line + ":" + column + ": " + message);
  }
}
