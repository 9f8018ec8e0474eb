package dune.cli;

import dune.weights.Amount;
import java.time.Duration;
import java.util.Locale;

/// How far something long has come, on standard error: one line that is written over on a terminal,
/// a line every few seconds elsewhere. What is over at once says nothing.
final class Progress {
  private static final Duration PATIENCE = Duration.ofSeconds(1);
  private static final Duration TERMINAL_PAUSE = Duration.ofMillis(200);
  private static final Duration LOG_PAUSE = Duration.ofSeconds(10);

  private final Console console;
  private final String what;
  private final long total;
  private final Unit unit;
  private final boolean terminal = System.console() != null && System.console().isTerminal();
  private final long began = System.nanoTime();
  private long next = began + PATIENCE.toNanos();
  private boolean shown;

  /// What is counted.
  enum Unit {
    BYTES,
    TOKENS,
    PROMPTS;

    private String amount(long done, long total) {
      return switch (this) {
        case BYTES -> Amount.ofBytes(done) + " of " + Amount.ofBytes(total);
        case TOKENS -> "%d of %d tokens".formatted(done, total);
        case PROMPTS -> "%d of %d prompts".formatted(done, total);
      };
    }
  }

  /// @param total in bytes; 0 shows nothing
  Progress(Console console, String what, long total) {
    this(console, what, total, Unit.BYTES);
  }

  /// @param total 0 shows nothing
  Progress(Console console, String what, long total, Unit unit) {
    this.console = console;
    this.what = what;
    this.total = total;
    this.unit = unit;
  }

  void reached(long amount) {
    long now = System.nanoTime();
    // What took long and is over needs no first word.
    if (total == 0 || now < next || !shown && amount >= total) return;
    next = now + (terminal ? TERMINAL_PAUSE : LOG_PAUSE).toNanos();
    shown = true;
    long done = Math.min(amount, total);
    double seconds = (now - began) * 1e-9;
    String text =
        String.format(
            Locale.ROOT,
            "dunec: %s: %s, %d %%, %.0f s left",
            what,
            unit.amount(done, total),
            100 * done / total,
            done == 0 ? 0 : seconds * (total - done) / done);
    console.err().print(terminal ? "\r" + text + "\u001b[K" : text + System.lineSeparator());
    console.err().flush();
  }

  void end() {
    if (!shown || !terminal) return;
    console.err().print("\r\u001b[K");
    console.err().flush();
  }
}
