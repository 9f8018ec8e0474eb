package dune.runtime.profile;

import dune.backend.torch.TorchBackend;
import dune.backend.torch.emit.Place;
import dune.backend.torch.emit.Probe;
import dune.backend.torch.emit.Probed;
import dune.runtime.compile.Compiled;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Profiles one step of a model: runs it as it is, and as an archive that notes down when each node
/// ends, in turns. Of each, the run of median length is shown, since others may have met other work
/// on the machine.
public final class Profiler {
  private static final int WARM_UPS = 2;
  private static final double NANO = 1e-9;

  private Profiler() {}

  /// A run of the archive with clocks.
  ///
  /// @param notes pairs of a place and the time at which it ended, after one of the beginning
  private record Clocked(long nanoseconds, long[] notes) {}

  /// @param repetitions how many runs count, after some that do not
  public static Profile run(
      Compiled compiled, TorchBackend.Weights weights, Moment moment, int repetitions) {
    Probed probed = TorchBackend.emit(compiled.program(), Probe.CLOCK);
    var alone = new ArrayList<Long>();
    var clocked = new ArrayList<Clocked>();
    try (var plain = new Step(compiled, TorchBackend.emit(compiled.program()), weights, moment);
        var observed = new Step(compiled, probed.emitted(), weights, moment)) {
      for (int i = 0; i < WARM_UPS + repetitions; i++) {
        alone.add(time(plain));
        clocked.add(clocks(observed));
      }
    }
    long typical = median(alone, Comparator.naturalOrder());
    Clocked run = median(clocked, Comparator.comparingLong(Clocked::nanoseconds));
    List<Place> places = probed.places().get(compiled.writing().name());
    return new Profile(
        moment, costs(compiled, moment, places, run), typical * NANO, run.nanoseconds() * NANO);
  }

  private static long time(Step step) {
    try (Step.Outcome outcome = step.run()) {
      return outcome.nanoseconds();
    }
  }

  private static Clocked clocks(Step step) {
    try (Step.Outcome outcome = step.run()) {
      return new Clocked(outcome.nanoseconds(), outcome.results().getLast().toLongs());
    }
  }

  private static <R> R median(List<R> runs, Comparator<R> order) {
    List<R> counting = runs.subList(WARM_UPS, runs.size());
    return counting.stream().sorted(order).toList().get((counting.size() - 1) / 2);
  }

  private static List<Profile.Cost> costs(
      Compiled compiled, Moment moment, List<Place> places, Clocked run) {
    var nanoseconds = new long[places.size()];
    var runs = new int[places.size()];
    long before = run.notes()[1];
    for (int at = 2; at < run.notes().length; at += 2) {
      int place = Math.toIntExact(run.notes()[at]);
      nanoseconds[place] += run.notes()[at + 1] - before;
      runs[place]++;
      before = run.notes()[at + 1];
    }
    var function = compiled.writing();
    var traffic = new Traffic(function, moment, compiled.isCached());
    var costs = new ArrayList<Profile.Cost>();
    for (int i = 0; i < places.size(); i++) {
      long bytes = traffic.bytes(places.get(i), runs[i]);
      costs.add(new Profile.Cost(places.get(i), nanoseconds[i] * NANO, runs[i], bytes));
    }
    return costs;
  }
}
