package dune.runtime.template;

/// What a template may cost. A chat template takes some thousand steps; one that does not end, or
/// calls itself forever, is stopped.
final class Budget {
  private static final long STEPS = 10_000_000;
  private static final int DEEPEST = 300;

  private long left = STEPS;
  private int depth;

  /// One more step, and those that a value of this size costs.
  void spend(long size) {
    left -= 1 + size / 64;
    if (left < 0) throw new TemplateFailure("the template does not come to an end");
  }

  void enter() {
    spend(0);
    if (++depth > DEEPEST) throw new TemplateFailure("macros and loops are nested too deeply");
  }

  void leave() {
    depth--;
  }
}
