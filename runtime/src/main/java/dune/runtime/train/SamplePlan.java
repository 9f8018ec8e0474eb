package dune.runtime.train;

import dune.weights.UsageFailure;
import java.util.List;

/// When a model writes something while it is trained, and what.
///
/// @param at how many steps are made then
/// @param every steps from one text to the next, the last step included; 0 for none
/// @param prompts where each text begins; without any, with the first tokens that the loss is
///   measured by
/// @param tokens the most that are written, less where a sequence of the training is full
/// @param temperature 0 takes the likeliest token
public record SamplePlan(
    List<Integer> at, int every, List<String> prompts, int tokens, double temperature) {
  public static final SamplePlan NONE = new SamplePlan(List.of(), 0, List.of(), 100, 0.8);

  /// @throws UsageFailure if a number is out of its range
  public SamplePlan {
    at = at.stream().sorted().distinct().toList();
    prompts = List.copyOf(prompts);
    require(at.stream().allMatch(steps -> steps >= 0), "--sample-at takes numbers of 0 or more");
    require(every >= 0, "--sample-every must be 0 or more");
    require(tokens >= 1, "--sample-tokens must be 1 or more");
    require(
        temperature >= 0 && temperature < Double.POSITIVE_INFINITY,
        "--sample-temperature must be 0 or more");
    require(!prompts.contains(""), "--sample-prompt must not be empty");
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) throw new UsageFailure(otherwise);
  }

  /// @param steps that are made
  /// @param total steps of the training
  boolean isDue(int steps, int total) {
    return at.contains(steps) || every > 0 && (steps % every == 0 || steps == total);
  }

  /// Whether nothing is written at all.
  boolean writesNothing() {
    return at.isEmpty() && every == 0;
  }
}
