package dune.weights;

/// What was asked for makes no sense, whatever the files hold: a length below 0, a count of none.
/// The message is one line that says what would make sense.
public final class UsageFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public UsageFailure(String message) {
    super(message);
  }
}
