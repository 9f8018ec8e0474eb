package dune.runtime.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dune.weights.AtomicFile;
import dune.weights.EnvironmentFailure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/// What was measured in a run: a JSON object for each step and each evaluation, line by line.
final class Metrics {
  static final String FILE = "metrics.jsonl";

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path file;

  /// Forgets what was measured after the checkpoint that the run goes on from; a run that goes on
  /// from its beginning measures that again.
  ///
  /// @param made steps of that checkpoint
  Metrics(Path folder, int made) {
    file = folder.resolve(FILE);
    if (Files.exists(file)) keep(made);
  }

  private void keep(int made) {
    try {
      var kept = new ArrayList<String>();
      for (String line : Files.readAllLines(file)) {
        if (isWithin(line, made)) kept.add(line);
      }
      AtomicFile.write(
          file, (String.join("\n", kept) + "\n").stripLeading().getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw EnvironmentFailure.reading(file, e);
    }
  }

  /// A line that was cut off in the middle is none.
  private static boolean isWithin(String line, int made) {
    try {
      JsonNode found = JSON.readTree(line);
      return found.has("val_loss")
          ? made > 0 && found.path("step").asInt() <= made
          : found.path("step").asInt(made) < made;
    } catch (IOException e) {
      return false;
    }
  }

  void stepped(int step, double rate, Trainee.Progress progress) {
    add(
        JSON.createObjectNode()
            .put("step", step)
            .put("loss", progress.loss())
            .put("gradient_norm", progress.norm())
            .put("learning_rate", rate));
  }

  void evaluated(int steps, double loss) {
    add(JSON.createObjectNode().put("step", steps).put("val_loss", loss));
  }

  private void add(ObjectNode line) {
    try {
      Files.write(
          file, List.of(line.toString()), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw EnvironmentFailure.writing(file, e);
    }
  }
}
