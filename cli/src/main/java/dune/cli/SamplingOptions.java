package dune.cli;

import dune.runtime.sample.Penalties;
import dune.runtime.sample.Recommended;
import dune.runtime.sample.SamplingSettings;
import dune.weights.UsageFailure;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import picocli.CommandLine.Option;

/// How tokens are drawn, and where a text stops: what `run` and `chat` share. What the user leaves
/// open is as the checkpoint's `generation_config.json` says, and what that leaves open, as here.
final class SamplingOptions {
  private static final double TEMPERATURE = 0.8;
  private static final int TOP_K = 40;
  private static final double TOP_P = 0.95;
  private static final double MIN_P = 0;

  @Option(
      names = {"--temperature", "--temp"},
      paramLabel = "T",
      description =
          "Divides the logits, after penalties and before top-k, top-p and min-p, which apply in"
              + " this order; 0 always takes the likeliest token. Default: what"
              + " generation_config.json beside the weights says, else 0.8.")
  private Optional<Double> temperature = Optional.empty();

  @Option(
      names = "--top-k",
      paramLabel = "K",
      description =
          "Draw from the K likeliest tokens; 0 from all. Default: what generation_config.json says,"
              + " else 40.")
  private Optional<Integer> topK = Optional.empty();

  @Option(
      names = "--top-p",
      paramLabel = "P",
      description =
          "Of what top-k leaves, draw from the fewest likeliest tokens that together have at least"
              + " this probability. Default: what generation_config.json says, else 0.95.")
  private Optional<Double> topP = Optional.empty();

  @Option(
      names = "--min-p",
      paramLabel = "P",
      description =
          "Of what top-p leaves, draw from the tokens at least P times as likely as the likeliest."
              + " Default: what generation_config.json says, else 0.")
  private Optional<Double> minP = Optional.empty();

  @Option(
      names = {"--repeat-penalty", "--repetition-penalty"},
      paramLabel = "R",
      description =
          "Divides the logits of tokens in the prompt or the text so far where they are positive,"
              + " else multiplies them (the CTRL paper, as Hugging Face has it). Default: what"
              + " generation_config.json says, else 1.")
  private Optional<Double> repetition = Optional.empty();

  @Option(
      names = "--presence-penalty",
      paramLabel = "A",
      defaultValue = "0",
      description =
          "Subtracted from the logits of tokens in the text so far, the prompt not counted, as"
              + " OpenAI defines it. Default: ${DEFAULT-VALUE}.")
  private double presence;

  @Option(
      names = "--frequency-penalty",
      paramLabel = "A",
      defaultValue = "0",
      description =
          "Subtracted from the logit of a token as often as it is in the text so far, the prompt"
              + " not counted, as OpenAI defines it. Default: ${DEFAULT-VALUE}.")
  private double frequency;

  @Option(
      names = {"-s", "--seed"},
      paramLabel = "S",
      description =
          "The same seed gives the same text on the same machine. Default: another one each time.")
  private Optional<Long> seed = Optional.empty();

  @Option(
      names = "--stop",
      paramLabel = "TEXT",
      description = "End before this text; may be given several times.")
  private List<String> stops = List.of();

  /// @param folder where the checkpoint says how it likes to be sampled
  /// @throws UsageFailure if a number is out of its range
  SamplingSettings settings(Path folder) {
    return settings(Recommended.of(folder));
  }

  SamplingSettings settings(Recommended recommended) {
    try {
      return new SamplingSettings(
          temperature.orElse(recommended.temperature().orElse(TEMPERATURE)),
          topK.orElse(recommended.topK().orElse(TOP_K)),
          topP.orElse(recommended.topP().orElse(TOP_P)),
          minP.orElse(recommended.minP().orElse(MIN_P)),
          new Penalties(repetition.orElse(recommended.repetition().orElse(1)), presence, frequency),
          // Short enough to be typed again.
          seed.orElseGet(() -> (long) ThreadLocalRandom.current().nextInt(1_000_000_000)));
    } catch (IllegalArgumentException e) {
      throw new UsageFailure("--" + e.getMessage());
    }
  }

  /// @throws UsageFailure if one is empty
  List<String> stops() {
    if (stops.contains("")) throw new UsageFailure("--stop must not be empty");
    return stops;
  }
}
