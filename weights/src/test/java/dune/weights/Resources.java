package dune.weights;

import java.net.URISyntaxException;
import java.nio.file.Path;

/// Files of reference values that are part of these tests.
public final class Resources {
  private Resources() {}

  public static Path golden(String name) {
    try {
      return Path.of(Resources.class.getResource("/golden/" + name).toURI());
    } catch (URISyntaxException failure) {
      throw new IllegalStateException(failure);
    }
  }
}
