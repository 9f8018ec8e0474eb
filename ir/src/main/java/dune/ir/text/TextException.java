package dune.ir.text;

/// Text that is no program: where, and what was expected there.
public final class TextException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final int line;
  private final int column;

  TextException(int line, int column, String message) {
    super(line + ":" + column + ": " + message);
    this.line = line;
    this.column = column;
  }

  /// One-based.
  public int line() {
    return line;
  }

  /// One-based.
  public int column() {
    return column;
  }
}
