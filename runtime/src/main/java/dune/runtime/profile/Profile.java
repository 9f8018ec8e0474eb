package dune.runtime.profile;

import dune.backend.torch.emit.Place;
import java.util.List;

/// Where the time of one step goes.
///
/// @param costs of every place in the text of the step
/// @param alone seconds of a step that nobody observes
/// @param observed seconds of a step in which every node notes down when it ends
public record Profile(Moment moment, List<Cost> costs, double alone, double observed) {
  /// What the text at one place cost in one step.
  ///
  /// @param runs how often it ran: more than once within a loop
  /// @param bytes what it reads and writes, by the types of its operands and results; views none
  public record Cost(Place place, double seconds, int runs, long bytes) {}

  public Profile {
    costs = List.copyOf(costs);
  }

  /// Seconds of all places together.
  public double sum() {
    return costs.stream().mapToDouble(Cost::seconds).sum();
  }
}
