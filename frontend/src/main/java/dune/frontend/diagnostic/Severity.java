package dune.frontend.diagnostic;

/// How bad it is: an `ERROR` stops the program from being used, a `WARNING` does not.
public enum Severity {
  ERROR("error"),
  WARNING("warning");

  private final String word;

  Severity(String word) {
    this.word = word;
  }

  /// The word in messages.
  public String word() {
    return word;
  }
}
