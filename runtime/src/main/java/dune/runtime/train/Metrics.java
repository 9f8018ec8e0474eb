package dune.runtime.train;

import com.fasterxml.jackson.databind.JsonNode;
import dune.runtime.plot.Drawing;
import dune.runtime.plot.Mark.Point;
import dune.runtime.plot.PlotFile;
import java.nio.file.Path;
import java.util.ArrayList;

/// What was measured in a run: a JSON object for each step and each evaluation, line by line.
final class Metrics {
  static final String FILE = "metrics.jsonl";

  private final Path folder;
  private final JsonLines lines;

  /// Forgets what was measured after the checkpoint that the run goes on from; a run that goes on
  /// from its beginning measures that again.
  ///
  /// @param made steps of that checkpoint
  Metrics(Path folder, int made) {
    this.folder = folder;
    this.lines = new JsonLines(folder.resolve(FILE));
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

  /// What was measured so far.
  LossPlot.Curve curve() {
    var training = new ArrayList<Point>();
    var validation = new ArrayList<Point>();
    for (JsonNode line : lines.read()) {
      int step = line.path("step").asInt();
      if (line.has("loss")) training.add(new Point(step, line.get("loss").asDouble()));
      if (line.has("val_loss")) validation.add(new Point(step, line.get("val_loss").asDouble()));
    }
    return new LossPlot.Curve(training, validation);
  }

  /// Draws it beside: `loss.svg` and `loss.png`.
  void draw() {
    LossPlot.Curve curve = curve();
    if (curve.isEmpty()) return;
    Drawing drawing = LossPlot.of(curve);
    PlotFile.write(folder.resolve("loss.svg"), drawing);
    PlotFile.write(folder.resolve("loss.png"), drawing);
  }
}
