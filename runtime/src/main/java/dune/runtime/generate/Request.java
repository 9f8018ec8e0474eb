package dune.runtime.generate;

import dune.runtime.sample.SamplingSettings;
import java.util.List;

/// What to write.
///
/// @param prompt where to begin, never empty
/// @param limit how many tokens to generate at most
/// @param sampling how to choose them
/// @param stops texts that end the text, and are not part of it
public record Request(
    List<Integer> prompt, int limit, SamplingSettings sampling, List<String> stops) {
  public Request {
    prompt = List.copyOf(prompt);
    stops = List.copyOf(stops);
    if (prompt.isEmpty()) throw new IllegalArgumentException("a prompt has at least one token");
    if (limit < 0) throw new IllegalArgumentException("a limit is 0 or more, not " + limit);
  }
}
