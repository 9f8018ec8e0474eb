package dune.backend.torch.libtorch;

import dune.weights.EnvironmentFailure;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.Locale;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.global.torch;

/// Brings the native libraries into the process. JavaCPP unpacks them into a folder and loads them
/// from there, but takes what it finds for whole: a process that comes while another still writes,
/// or after one that was killed, maps half a library and dies of a bus error. So the first process
/// of a version unpacks under a lock and leaves a mark when all is there; a folder without the mark
/// is thrown away.
final class Natives {
  private static final String MARK = "complete";

  private Natives() {}

  /// Call before any class of the bindings is initialised; costs about half a second once unpacked.
  ///
  /// @throws EnvironmentFailure if there are none for this machine, or they cannot be unpacked or
  ///   linked
  static void load() {
    setUnlessSet("org.bytedeco.javacpp.noPointerGC", "true");
    // Mapped weights count as physical memory; JavaCPP would refuse to allocate beside a large
    // model.
    setUnlessSet("org.bytedeco.javacpp.maxPhysicalBytes", "0");
    String platform = Loader.getPlatform();
    if (Natives.class.getResource(library(platform)) == null) {
      throw new EnvironmentFailure(
          ("there is no libtorch for %s in this build of dune; build it on Linux x86-64 or arm64,"
                  + " or on macOS arm64")
              .formatted(platform));
    }
    Path folder = folder(cacheFolder());
    setUnlessSet("org.bytedeco.javacpp.cachedir", folder.toString());
    try {
      if (Files.exists(folder.resolve(MARK))) link();
      else unpack(folder);
    } catch (IOException e) {
      throw new EnvironmentFailure(
          "cannot unpack libtorch into `%s`: %s; free some space, or set XDG_CACHE_HOME to another place"
              .formatted(folder, e.getMessage()));
    }
  }

  /// Where this version lies within a cache folder.
  static Path folder(Path cache) {
    try {
      String version = Loader.getVersion("org.bytedeco", "pytorch");
      return cache.resolve("native").resolve("pytorch-" + version + "-" + Loader.getPlatform());
    } catch (IOException e) {
      throw new IllegalStateException("the jar of the bindings has no version", e);
    }
  }

  private static String library(String platform) {
    return "/org/bytedeco/pytorch/" + platform + "/" + System.mapLibraryName("jnitorch");
  }

  private static void unpack(Path folder) throws IOException {
    Files.createDirectories(folder.getParent());
    Path lock = folder.resolveSibling(folder.getFileName() + ".lock");
    try (var channel = FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        var _ = channel.lock()) {
      if (!Files.exists(folder.resolve(MARK))) {
        delete(folder);
        Files.createDirectories(folder);
      }
      link();
      Files.writeString(folder.resolve(MARK), "");
    }
  }

  static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) return;
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) Files.delete(file);
    }
  }

  private static void link() throws IOException {
    try {
      Loader.load(torch.class);
    } catch (LinkageError e) {
      for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
        if (cause instanceof IOException io) throw io;
      }
      throw new EnvironmentFailure(
          "libtorch cannot be loaded: "
              + String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
    }
  }

  private static void setUnlessSet(String property, String value) {
    if (System.getProperty(property) == null) System.setProperty(property, value);
  }

  /// The folder for what can be made again, by the custom of the operating system.
  private static Path cacheFolder() {
    String xdg = System.getenv("XDG_CACHE_HOME");
    if (xdg != null && !xdg.isEmpty()) return Path.of(xdg, "dune");
    Path home = Path.of(System.getProperty("user.home"));
    boolean mac = System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("mac");
    return home.resolve(mac ? "Library/Caches/dune" : ".cache/dune");
  }
}
