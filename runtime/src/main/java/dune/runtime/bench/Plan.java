package dune.runtime.bench;

import java.util.List;

/// What to time.
///
/// @param prompts lengths of prompts to be read at once
/// @param texts lengths of texts to be written, token by token, from nothing
/// @param repetitions of each, after one that does not count
public record Plan(List<Integer> prompts, List<Integer> texts, int repetitions) {
  public Plan {
    prompts = List.copyOf(prompts);
    texts = List.copyOf(texts);
  }

  public int longest() {
    int prompt = prompts.stream().mapToInt(length -> length).max().orElse(0);
    int text = texts.stream().mapToInt(length -> length).max().orElse(0);
    return Math.max(prompt, text);
  }
}
