package dune.cli;

import dune.runtime.sample.SamplingSettings;
import dune.weights.InputFailure;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/// How tokens are drawn, and where a text stops: what `run` and `chat` share.
final class SamplingOptions {
  @Option(
      names = {"--temperature", "--temp"},
      paramLabel = "T",
      defaultValue = "0.8",
      description = "0 always takes the likeliest token. Default: ${DEFAULT-VALUE}.")
  private double temperature;

  @Option(
      names = "--top-k",
      paramLabel = "K",
      defaultValue = "40",
      description = "Draw from the K likeliest tokens; 0 from all. Default: ${DEFAULT-VALUE}.")
  private int topK;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      defaultValue = "0.95",
      description =
          "Draw from the fewest tokens that together are this likely. Default: ${DEFAULT-VALUE}.")
  private double topP;

  @Option(
      names = {"-s", "--seed"},
      paramLabel = "S",
      description = "The same seed gives the same text. Default: another one each time.")
  private Optional<Long> seed = Optional.empty();

  @Option(
      names = "--stop",
      paramLabel = "TEXT",
      description = "End before this text; may be given several times.")
  private List<String> stops = List.of();

  /// @throws InputFailure if a number is out of its range
  SamplingSettings settings() {
    try {
      return new SamplingSettings(temperature, topK, topP, 0, seed.orElseGet(System::nanoTime));
    } catch (IllegalArgumentException e) {
      throw new InputFailure("--" + e.getMessage());
    }
  }

  /// @throws InputFailure if one is empty
  List<String> stops() {
    if (stops.contains("")) throw new InputFailure("--stop must not be empty");
    return stops;
  }
}
