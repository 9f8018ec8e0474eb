package dune.runtime.bench;

import dune.passes.Optimization;
import dune.runtime.model.Facts;
import java.util.Optional;

/// A compiled model that is timed.
///
/// @param level how much was done for its speed, if that is known: a bundle does not say
/// @param work how much it computes, if that is known
/// @param memory how much memory it should need, if that is known
/// @param compile seconds from the `.dune` file to a program, or to open a bundle
/// @param load seconds to load the program and bind the weights
public record Candidate(
    Facts facts,
    Optional<Optimization> level,
    Optional<Work> work,
    Optional<Foreseen> memory,
    double compile,
    double load) {

  /// `-O2`, or empty.
  public String levelText() {
    return level.map(one -> "-" + one).orElse("");
  }
}
