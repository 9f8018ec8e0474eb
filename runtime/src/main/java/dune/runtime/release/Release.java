package dune.runtime.release;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/// The version of this build, as Maven knows it.
public final class Release {
  private Release() {}

  public static String version() {
    try (var resource = Release.class.getResourceAsStream("version")) {
      if (resource == null) throw new IllegalStateException("the build left out its version");
      return new String(resource.readAllBytes(), StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
