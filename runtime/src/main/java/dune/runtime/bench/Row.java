package dune.runtime.bench;

import java.util.OptionalDouble;
import java.util.OptionalLong;

/// What one test of one candidate showed.
public record Row(Candidate candidate, Timing timing, Peak peak) {

  /// The most memory, in bytes.
  ///
  /// @param planned what the compiler foresaw for weights, state and one call, if it did
  /// @param observed what the process held while the test ran, if the system tells: beside that,
  ///   the virtual machine, libtorch, and other models that are loaded
  public record Peak(OptionalLong planned, OptionalLong observed) {}

  /// Bytes of weights per second, where reading them is what bounds a test: in texts.
  public OptionalDouble reading() {
    return switch (timing.kind()) {
      case PROMPT -> OptionalDouble.empty();
      case TEXT -> OptionalDouble.of(timing.speed() * candidate.facts().bytesPerToken());
    };
  }

  /// Floating-point operations per second in matrix products.
  public OptionalDouble computing() {
    return candidate.work().stream()
        .mapToDouble(
            work -> work.flops(timing.kind(), timing.tokens()) / timing.tokens() * timing.speed())
        .findFirst();
  }
}
