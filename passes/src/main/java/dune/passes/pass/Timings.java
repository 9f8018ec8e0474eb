package dune.passes.pass;

import dune.ir.Program;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Measures how long passes take.
public final class Timings implements Observer {
  /// One run of one pass.
  public record Timing(String pass, Duration time) {}

  private final List<Timing> timings = new ArrayList<>();

  @Override
  public void ended(Pass pass, Program program, Duration time) {
    timings.add(new Timing(pass.name(), time));
  }

  /// In the order in which the passes ran.
  public List<Timing> all() {
    return List.copyOf(timings);
  }
}
