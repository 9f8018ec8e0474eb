package dune.runtime.tokenize;

import dune.weights.EnvironmentFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// What must be said before Hugging Face's native library is loaded: do not call home, do not look
/// for another build of it on the network, and where to unpack it.
///
/// The library unpacks itself once per version into a folder of its own, under a temporary name
/// that it then moves; so two processes may do it at once.
final class NativeLibrary {
  private NativeLibrary() {}

  static void prepare() {
    System.setProperty("OPT_OUT_TRACKING", "true");
    System.setProperty("ai.djl.offline", "true");
    setIfAbsent("RUST_FLAVOR", "cpu");
    Path cache = userCache().resolve("dune").resolve("native");
    try {
      Files.createDirectories(cache);
    } catch (IOException e) {
      throw EnvironmentFailure.writing(cache, e);
    }
    setIfAbsent("ENGINE_CACHE_DIR", cache.toString());
  }

  static EnvironmentFailure unusable(Throwable cause) {
    return new EnvironmentFailure(
        "the tokenizer's native library cannot be loaded on %s %s: %s"
            .formatted(
                System.getProperty("os.name"),
                System.getProperty("os.arch"),
                String.valueOf(cause.getMessage()).lines().findFirst().orElse("")));
  }

  private static void setIfAbsent(String key, String value) {
    if (System.getProperty(key) == null) System.setProperty(key, value);
  }

  private static Path userCache() {
    String chosen = System.getenv("XDG_CACHE_HOME");
    if (chosen != null && !chosen.isBlank()) return Path.of(chosen);
    Path home = Path.of(System.getProperty("user.home"));
    boolean mac = System.getProperty("os.name").startsWith("Mac");
    return mac ? home.resolve("Library").resolve("Caches") : home.resolve(".cache");
  }
}
