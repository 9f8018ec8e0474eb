package dune.runtime.sample;

import dune.ir.checkpoint.Config;
import dune.ir.checkpoint.Json;
import dune.weights.InputFailure;
import dune.weights.json.JsonFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/// How those who made a model draw from it: what `generation_config.json` says, in Hugging Face's
/// names. A file that says `do_sample: false` wants the likeliest token always.
public record Recommended(
    OptionalDouble temperature,
    OptionalInt topK,
    OptionalDouble topP,
    OptionalDouble minP,
    OptionalDouble repetition) {
  private static final String FILE = "generation_config.json";

  public static final Recommended NOTHING =
      new Recommended(
          OptionalDouble.empty(),
          OptionalInt.empty(),
          OptionalDouble.empty(),
          OptionalDouble.empty(),
          OptionalDouble.empty());

  /// What the file in a folder says; nothing if there is none.
  ///
  /// @throws InputFailure if the file says something else than numbers in their ranges
  public static Recommended of(Path folder) {
    Path file = folder.resolve(FILE);
    if (!Files.isRegularFile(file)) return NOTHING;
    Config config = Config.of(file.toString(), JsonFile.read(file));
    OptionalDouble topK = number(config.get("top_k"));
    boolean greedy =
        config.get("do_sample").value() instanceof Json.Bool(boolean sample, _) && !sample;
    var recommended =
        new Recommended(
            greedy ? OptionalDouble.of(0) : number(config.get("temperature")),
            // Some write -1 for all.
            topK.isPresent()
                ? OptionalInt.of((int) Math.max(0, topK.getAsDouble()))
                : OptionalInt.empty(),
            number(config.get("top_p")),
            number(config.get("min_p")),
            number(config.get("repetition_penalty")));
    recommended.requireRanges(file);
    return recommended;
  }

  private static OptionalDouble number(Config config) {
    return switch (config.value()) {
      case Json.Null _ -> OptionalDouble.empty();
      case Json.Whole(long number, _) -> OptionalDouble.of(number);
      case Json.Real(double number, _) -> OptionalDouble.of(number);
      case Json.Bool _, Json.Text _, Json.Items _, Json.Fields _ ->
          throw new InputFailure(
              Path.of(config.file()),
              config.value().place().line(),
              config.value().place().column(),
              "`%s` is %s, and should be a number".formatted(config.path(), config.value().kind()));
    };
  }

  private void requireRanges(Path file) {
    try {
      var penalties = new Penalties(repetition.orElse(1), 0, 0);
      new SamplingSettings(
          temperature.orElse(1), topK.orElse(0), topP.orElse(1), minP.orElse(0), penalties, 0);
    } catch (IllegalArgumentException e) {
      throw new InputFailure(file, e.getMessage());
    }
  }
}
