package dune.runtime.train;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;

/// What was measured in a run: a JSON object for each step and each evaluation, line by line.
final class Metrics {
  static final String FILE = "metrics.jsonl";

  private final JsonLines lines;

  /// Forgets what was measured after the checkpoint that the run goes on from; a run that goes on
  /// from its beginning measures that again.
  ///
  /// @param made steps of that checkpoint
  Metrics(Path folder, int made) {
    lines = new JsonLines(folder.resolve(FILE));
    lines.keep(line -> isWithin(line, made));
  }

  private static boolean isWithin(JsonNode line, int made) {
    return line.has("val_loss")
        ? made > 0 && line.path("step").asInt() <= made
        : line.path("step").asInt(made) < made;
  }

  void stepped(int step, double rate, Trainee.Progress progress) {
    lines.add(
        JsonLines.object()
            .put("step", step)
            .put("loss", progress.loss())
            .put("gradient_norm", progress.norm())
            .put("learning_rate", rate));
  }

  void evaluated(int steps, double loss) {
    lines.add(JsonLines.object().put("step", steps).put("val_loss", loss));
  }
}
