package dune.runtime.profile;

import dune.backend.torch.TorchBackend;
import dune.backend.torch.emit.Place;
import dune.backend.torch.emit.Probe;
import dune.backend.torch.emit.Probed;
import dune.backend.torch.run.Tensor;
import dune.runtime.compile.Compiled;
import java.util.ArrayList;
import java.util.List;

/// Profiles one step of a model: runs it as it is, and as an archive that notes down when each node
/// ends, in turns.
public final class Profiler {
  private static final int WARM_UPS = 2;

  private final Compiled compiled;
  private final Moment moment;
  private final List<Place> places;
  private final long[] nanoseconds;
  private final long[] runs;
  private int repetitions;
  private long alone;
  private long observed;

  private Profiler(Compiled compiled, Moment moment, List<Place> places) {
    this.compiled = compiled;
    this.moment = moment;
    this.places = places;
    nanoseconds = new long[places.size()];
    runs = new long[places.size()];
  }

  /// @param repetitions how many runs count, after some that do not
  public static Profile run(
      Compiled compiled, TorchBackend.Weights weights, Moment moment, int repetitions) {
    Probed probed = TorchBackend.emit(compiled.program(), Probe.CLOCK);
    List<Place> places = probed.places().get(Step.method(compiled));
    var profiler = new Profiler(compiled, moment, places);
    try (var plain = new Step(compiled, TorchBackend.emit(compiled.program()), weights, moment);
        var clocked = new Step(compiled, probed.emitted(), weights, moment)) {
      for (int i = 0; i < WARM_UPS; i++) {
        plain.run().close();
        clocked.run().close();
      }
      for (int i = 0; i < repetitions; i++) profiler.add(plain, clocked);
    }
    return profiler.profile();
  }

  private void add(Step plain, Step clocked) {
    try (Step.Outcome outcome = plain.run()) {
      alone += outcome.nanoseconds();
    }
    try (Step.Outcome outcome = clocked.run()) {
      observed += outcome.nanoseconds();
      Tensor notes = outcome.results().getLast();
      add(notes.toLongs());
    }
    repetitions++;
  }

  /// @param notes pairs of a place and the time at which it ended, after one of the beginning
  private void add(long[] notes) {
    long before = notes[1];
    for (int at = 2; at < notes.length; at += 2) {
      int place = Math.toIntExact(notes[at]);
      nanoseconds[place] += notes[at + 1] - before;
      runs[place]++;
      before = notes[at + 1];
    }
  }

  private Profile profile() {
    var function = compiled.program().require(Step.method(compiled));
    var traffic = new Traffic(function, moment, compiled.isCached());
    var costs = new ArrayList<Profile.Cost>();
    for (int i = 0; i < places.size(); i++) {
      double each = (double) runs[i] / repetitions;
      double seconds = nanoseconds[i] * 1e-9 / repetitions;
      costs.add(new Profile.Cost(places.get(i), seconds, each, traffic.bytes(places.get(i), each)));
    }
    return new Profile(moment, costs, alone * 1e-9 / repetitions, observed * 1e-9 / repetitions);
  }
}
