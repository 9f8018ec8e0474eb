package dune.frontend.elaborate;

/// Leaves an expression whose problem has been reported. Statements, items and arguments catch it
/// and go on, so that one run finds every problem.
final class Abandoned extends RuntimeException {
  private static final long serialVersionUID = 1;

  Abandoned() {
    super("reported", null, false, false);
  }
}
