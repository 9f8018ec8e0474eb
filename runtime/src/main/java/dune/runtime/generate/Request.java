package dune.runtime.generate;

import dune.runtime.sample.SamplingSettings;
import java.util.List;
import java.util.OptionalInt;

/// What to write.
///
/// @param prompt where to begin, never empty
/// @param limit how many tokens to generate at most
/// @param sampling how to choose them
/// @param stops texts that end the text, and are not part of it
/// @param alternatives with each token, how likely it and this many others were; empty if nobody
///   asks
public record Request(
    List<Integer> prompt,
    int limit,
    SamplingSettings sampling,
    List<String> stops,
    OptionalInt alternatives) {
  public Request {
    prompt = List.copyOf(prompt);
    stops = List.copyOf(stops);
    if (prompt.isEmpty()) throw new IllegalArgumentException("a prompt has at least one token");
    if (limit < 0) throw new IllegalArgumentException("a limit is 0 or more, not " + limit);
    if (alternatives.isPresent() && alternatives.getAsInt() < 0) {
      throw new IllegalArgumentException("there are 0 alternatives or more");
    }
  }

  public Request(List<Integer> prompt, int limit, SamplingSettings sampling, List<String> stops) {
    this(prompt, limit, sampling, stops, OptionalInt.empty());
  }

  public Request withAlternatives(OptionalInt wanted) {
    return new Request(prompt, limit, sampling, stops, wanted);
  }
}
