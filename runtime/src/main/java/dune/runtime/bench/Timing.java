package dune.runtime.bench;

import java.util.List;

/// How long one test took, each time.
///
/// @param kind what was done
/// @param tokens how many tokens went through the model
/// @param seconds of each repetition
public record Timing(Kind kind, int tokens, List<Double> seconds) {
  /// The two ways in which tokens go through a model.
  public enum Kind {
    /// All at once, in chunks: bound by arithmetic.
    PROMPT("pp"),
    /// One after the other: bound by reading the weights.
    TEXT("tg");

    private final String prefix;

    Kind(String prefix) {
      this.prefix = prefix;
    }
  }

  public Timing {
    seconds = List.copyOf(seconds);
    if (seconds.isEmpty()) throw new IllegalArgumentException("nothing was timed");
  }

  /// As llama-bench names it: `pp512`, `tg64`.
  public String name() {
    return kind.prefix + tokens;
  }

  /// Tokens per second, the mean over the repetitions.
  public double speed() {
    return speeds().stream().mapToDouble(speed -> speed).average().orElseThrow();
  }

  /// The standard deviation of {@link #speed} over the repetitions; 0 if there is only one.
  public double deviation() {
    if (seconds.size() < 2) return 0;
    double mean = speed();
    double squares = speeds().stream().mapToDouble(speed -> Math.pow(speed - mean, 2)).sum();
    return Math.sqrt(squares / (seconds.size() - 1));
  }

  private List<Double> speeds() {
    return seconds.stream().map(time -> tokens / time).toList();
  }
}
