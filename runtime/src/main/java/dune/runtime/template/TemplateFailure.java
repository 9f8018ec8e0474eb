package dune.runtime.template;

/// A template that cannot be read or rendered, or that refuses what it was given.
public final class TemplateFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int line;

  /// @param line one-based; 0 where it is not known yet
  TemplateFailure(int line, String message) {
    super(message);
    this.line = line;
  }

  /// Of an operation on values, which does not know where it stands.
  TemplateFailure(String message) {
    this(0, message);
  }

  /// Where in the template, one-based.
  public int line() {
    return line;
  }

  TemplateFailure at(int place) {
    return line > 0 ? this : new TemplateFailure(place, getMessage());
  }
}
