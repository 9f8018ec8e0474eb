package dune.cli;

import dune.runtime.train.SamplePlan;
import dune.weights.UsageFailure;
import java.util.List;
import picocli.CommandLine.Option;

/// When a model writes something while it is trained, and what.
final class SampleOptions {
  @Option(
      names = "--sample-at",
      paramLabel = "N",
      split = ",",
      description = "Let the model write when so many steps are made: 5,200,1600.")
  private List<Integer> at = List.of();

  @Option(
      names = "--sample-every",
      paramLabel = "N",
      defaultValue = "0",
      description = "Let it write every so many steps, and at the end. Default: never.")
  private int every;

  @Option(
      names = "--sample-prompt",
      paramLabel = "TEXT",
      description =
          "Where it begins; may be given several times. Default: the first tokens of what the loss"
              + " is measured by.")
  private List<String> prompts = List.of();

  @Option(
      names = "--sample-tokens",
      paramLabel = "N",
      defaultValue = "100",
      description =
          "How much it writes at most; --ctx-size bounds it as well. Default: ${DEFAULT-VALUE}.")
  private int tokens = 100;

  @Option(
      names = "--sample-temperature",
      paramLabel = "T",
      defaultValue = "0.8",
      description = "0 takes the likeliest token always. Default: ${DEFAULT-VALUE}.")
  private double temperature = 0.8;

  /// @throws UsageFailure if a number is out of its range
  SamplePlan plan() {
    if (at.isEmpty() && every == 0 && !prompts.isEmpty()) {
      throw new UsageFailure("--sample-prompt is never used; add --sample-every or --sample-at");
    }
    return new SamplePlan(at, every, prompts, tokens, temperature);
  }
}
