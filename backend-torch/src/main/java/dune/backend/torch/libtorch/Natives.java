package dune.backend.torch.libtorch;

import dune.weights.EnvironmentFailure;
import java.nio.file.Path;
import java.util.Locale;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.global.torch;

/// Brings the native libraries into the process: unpacks them into the user's cache folder, where
/// JavaCPP guards them with a lock and checks size and date, and loads them.
final class Natives {
  private Natives() {}

  /// Call before any class of the bindings is initialised; costs about half a second once unpacked.
  ///
  /// @throws EnvironmentFailure if there are none for this machine, or they cannot be unpacked or
  ///   linked
  static void load() {
    setUnlessSet("org.bytedeco.javacpp.cachedir", cacheFolder().resolve("native").toString());
    setUnlessSet("org.bytedeco.javacpp.noPointerGC", "true");
    // Mapped weights count as physical memory; JavaCPP would refuse to allocate beside a large
    // model.
    setUnlessSet("org.bytedeco.javacpp.maxPhysicalBytes", "0");
    try {
      Loader.load(torch.class);
    } catch (LinkageError e) {
      throw new EnvironmentFailure(
          "libtorch cannot be loaded on %s: %s"
              .formatted(
                  platform(), String.valueOf(e.getMessage()).lines().findFirst().orElse("")));
    }
  }

  private static void setUnlessSet(String property, String value) {
    if (System.getProperty(property) == null) System.setProperty(property, value);
  }

  private static String platform() {
    return System.getProperty("os.name") + " " + System.getProperty("os.arch");
  }

  /// The folder for what can be made again, by the custom of the operating system.
  static Path cacheFolder() {
    String xdg = System.getenv("XDG_CACHE_HOME");
    if (xdg != null && !xdg.isEmpty()) return Path.of(xdg, "dune");
    Path home = Path.of(System.getProperty("user.home"));
    boolean mac = System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("mac");
    return home.resolve(mac ? "Library/Caches/dune" : ".cache/dune");
  }
}
