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
import java.util.function.Predicate;

/// A file that grows by a JSON object a line. A line that was cut off in the middle, as a power cut
/// leaves it, is none.
final class JsonLines {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path file;

  JsonLines(Path file) {
    this.file = file;
  }

  static ObjectNode object() {
    return JSON.createObjectNode();
  }

  /// Every line; none if there is no file.
  ///
  /// @throws EnvironmentFailure if it cannot be read
  List<JsonNode> read() {
    if (!Files.exists(file)) return List.of();
    try {
      var found = new ArrayList<JsonNode>();
      for (String line : Files.readAllLines(file)) {
        try {
          found.add(JSON.readTree(line));
        } catch (com.fasterxml.jackson.core.JsonProcessingException _) {
          // Cut off.
        }
      }
      return found;
    } catch (IOException e) {
      throw EnvironmentFailure.reading(file, e);
    }
  }

  /// Forgets all other lines.
  void keep(Predicate<JsonNode> wanted) {
    if (!Files.exists(file)) return;
    var kept = new StringBuilder();
    for (JsonNode line : read()) if (wanted.test(line)) kept.append(line).append('\n');
    AtomicFile.write(file, kept.toString().getBytes(StandardCharsets.UTF_8));
  }

  /// @throws EnvironmentFailure if it cannot be written
  void add(ObjectNode line) {
    try {
      Files.write(
          file, List.of(line.toString()), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw EnvironmentFailure.writing(file, e);
    }
  }
}
