package dune.weights;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;

/// Writes folders that are either complete or not there: under a temporary name beside the target,
/// then renamed.
public final class AtomicFolder {

  /// What goes into the folder.
  @FunctionalInterface
  public interface Content {
    void writeTo(Path folder) throws IOException;
  }

  private AtomicFolder() {}

  /// @throws EnvironmentFailure if the folder cannot be written, or something is there already;
  ///   nothing is left behind then
  public static void write(Path target, Content content) {
    requireFree(target);
    replace(
        target,
        folder -> {
          content.writeTo(folder);
          requireFree(target);
        });
  }

  /// Like {@link #write}, but what lies there makes way for the new folder, once that is complete.
  ///
  /// @throws EnvironmentFailure if the folder cannot be written; what lay there stays then
  public static void replace(Path target, Content content) {
    Places places = Places.beside(target.toAbsolutePath().normalize());
    // Who stops the program half-way should not have to look for gigabytes in a hidden folder.
    var cleaning = new Thread(places::abandon);
    Runtime.getRuntime().addShutdownHook(cleaning);
    try {
      Files.createDirectory(places.fresh());
      content.writeTo(places.fresh());
      places.exchange();
    } catch (IOException failure) {
      throw EnvironmentFailure.writing(target, failure);
    } finally {
      delete(places.fresh());
      forget(cleaning);
    }
  }

  /// Refuses a place where something is, before anything slow is begun. An empty folder may be
  /// there.
  ///
  /// @throws EnvironmentFailure if something is there
  public static void requireFree(Path target) {
    if (!Files.exists(target)) return;
    if (!Files.isDirectory(target)) {
      throw new EnvironmentFailure(
          "cannot write the folder " + Quoted.path(target) + ": a file is there; name another");
    }
    try (var files = Files.list(target)) {
      if (files.findAny().isPresent()) {
        throw new EnvironmentFailure(
            "cannot write to "
                + Quoted.path(target)
                + ": the folder is not empty; name another, or empty it");
      }
    } catch (IOException failure) {
      throw EnvironmentFailure.reading(target, failure);
    }
  }

  /// Refuses a place that is too small, before anything slow is begun, as far as the system tells.
  ///
  /// @param bytes that the folder will take
  /// @throws EnvironmentFailure if fewer are free there
  public static void requireSpace(Path target, long bytes) {
    Path parent = target.toAbsolutePath().normalize().getParent();
    if (parent == null || !Files.isDirectory(parent)) return;
    long free;
    try {
      free = Files.getFileStore(parent).getUsableSpace();
    } catch (IOException _) {
      // Then writing finds out.
      return;
    }
    if (free >= bytes) return;
    throw new EnvironmentFailure(
        "cannot write to %s: it takes %s, and the disk has %s free; choose another place, or a narrower --dtype"
            .formatted(Quoted.path(target), Amount.ofBytes(bytes), Amount.ofBytes(free)));
  }

  /// While the program is ending, the folder is taken away from under whoever writes it. What fails
  /// because of that is no news to anybody, so it stays here until the program is gone.
  private static void forget(Thread cleaning) {
    try {
      Runtime.getRuntime().removeShutdownHook(cleaning);
    } catch (IllegalStateException _) {
      while (true) LockSupport.park();
    }
  }

  private static void delete(Path folder) {
    if (!Files.exists(folder)) return;
    try (var files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) Files.deleteIfExists(file);
    } catch (IOException | UncheckedIOException _) {
      // What is left is hidden and named as temporary; the failure before this one matters more.
    }
  }

  /// Where the folders of one writing lie, side by side.
  ///
  /// @param target where the result belongs
  /// @param fresh where it is written
  /// @param old where that goes which lay at the target
  record Places(Path target, Path fresh, Path old) {
    static Places beside(Path target) {
      String random = Long.toHexString(ThreadLocalRandom.current().nextLong());
      String name = "." + target.getFileName() + "." + random;
      return new Places(
          target, target.resolveSibling(name + ".tmp"), target.resolveSibling(name + ".old"));
    }

    /// Puts the fresh folder in the place of the old one, which is not lost if that fails.
    private void exchange() throws IOException {
      boolean replaces = Files.exists(target);
      if (replaces) Files.move(target, old, StandardCopyOption.ATOMIC_MOVE);
      try {
        Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE);
      } catch (IOException failure) {
        if (replaces) Files.move(old, target, StandardCopyOption.ATOMIC_MOVE);
        throw failure;
      }
      delete(old);
    }

    /// Clears up in the middle of whatever is going on. Whoever is still writing would put files
    /// into the folder while it is emptied, so it is moved out of the way first.
    void abandon() {
      Path away = fresh.resolveSibling(fresh.getFileName() + ".away");
      try {
        Files.move(fresh, away, StandardCopyOption.ATOMIC_MOVE);
        delete(away);
      } catch (IOException _) {
        // It is complete and has its name, or it cannot be moved; then it can be emptied at least.
        delete(fresh);
      }
      if (!Files.exists(old)) return;
      try {
        if (!Files.exists(target)) Files.move(old, target, StandardCopyOption.ATOMIC_MOVE);
      } catch (IOException _) {
        // The writer has put it back by itself.
      }
      delete(old);
    }
  }
}
