package dune.cli;

import dune.passes.lora.Projection;
import dune.runtime.adapter.LoraRequest;
import dune.runtime.bench.ResidentMemory;
import dune.runtime.train.Trainee;
import dune.runtime.train.Training;
import dune.weights.Amount;
import java.util.List;
import java.util.Locale;

/// Tells on standard error how a training goes.
final class TrainScreen implements Training.Listener {
  private static final long PAUSE = 10_000_000_000L;

  private final Console console;
  private long began = System.nanoTime();
  private long said;
  private int before;
  private int total;
  private long tokens;
  private double loss = Double.NaN;

  TrainScreen(Console console) {
    this.console = console;
  }

  @Override
  public void adapted(List<Projection> matched) {
    console.say("adapters for " + LoraRequest.matchedText(matched));
  }

  @Override
  public void began(int made, int steps, long weights, int tokens, int measured) {
    before = made;
    total = steps;
    say(
        "%,d weights, %,d tokens to learn from, %,d to measure by; %d steps%s",
        weights,
        tokens,
        measured,
        steps,
        made == 0 ? "" : ", of which %d are made".formatted(made));
  }

  @Override
  public void took(long more) {
    tokens += more;
  }

  @Override
  public void stepped(int step, double rate, Trainee.Progress progress) {
    loss = progress.loss();
    long now = System.nanoTime();
    if (step == before) {
      began = now;
      tokens = 0;
    }
    if (now - said < PAUSE) return;
    said = now;
    int made = step - before;
    double seconds = (now - began) * 1e-9;
    say(
        "step %d of %d: loss %.4f, learning rate %.2e, %s%s",
        step,
        total,
        loss,
        rate,
        made == 0
            ? "..."
            : "%.0f tokens/s, %.0f s left"
                .formatted(tokens / seconds, seconds * (total - step - 1) / made),
        memory());
  }

  private static String memory() {
    var held = ResidentMemory.now();
    return held.isEmpty() ? "" : ", " + Amount.ofBytes(held.getAsLong()) + " of memory";
  }

  @Override
  public void evaluated(int steps, double measured) {
    say(
        "step %d: validation loss %.4f%s",
        steps,
        measured,
        Double.isNaN(loss) ? "" : String.format(Locale.ROOT, ", last training loss %.4f", loss));
  }

  @Override
  public void sampled(int steps, String prompt, String text) {
    say("step %d: the model writes", steps);
    (prompt + text).lines().forEach(line -> console.err().println("  | " + line));
    console.err().flush();
  }

  @Override
  public void leftOut(String what) {
    console.say(what);
  }

  private void say(String pattern, Object... values) {
    console.say(String.format(Locale.ROOT, pattern, values));
  }
}
