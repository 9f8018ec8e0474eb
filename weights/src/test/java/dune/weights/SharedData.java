package dune.weights;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/// Models and reference values that lie beside the project.
public final class SharedData {
  private SharedData() {}

  /// Skips the test, and says so, where the data is absent.
  public static Path require(String path) {
    Path found = Path.of(System.getProperty("dune.shared", "../../shared")).resolve(path);
    Assumptions.assumeTrue(
        Files.exists(found), () -> "skipped: " + found + " is absent (set -Ddune.shared=FOLDER)");
    return found;
  }
}
