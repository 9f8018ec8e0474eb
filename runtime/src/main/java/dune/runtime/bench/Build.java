package dune.runtime.bench;

import dune.passes.Optimization;
import dune.runtime.compile.Compiled;
import dune.runtime.model.Facts;
import java.util.Optional;

/// A model that was compiled for a bench.
///
/// @param seconds that it took
public record Build(Compiled compiled, Optimization level, double seconds) {
  Candidate candidate(double load) {
    return new Candidate(
        Facts.of(compiled),
        Optional.of(level),
        Optional.of(new Work(compiled)),
        Optional.of(new Foreseen(compiled)),
        seconds,
        load);
  }
}
