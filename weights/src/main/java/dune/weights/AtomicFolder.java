package dune.weights;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.concurrent.ThreadLocalRandom;

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
    Path absolute = target.toAbsolutePath().normalize();
    var random = Long.toHexString(ThreadLocalRandom.current().nextLong());
    Path temporary = absolute.resolveSibling("." + absolute.getFileName() + "." + random + ".tmp");
    // Who stops the program half-way should not have to look for gigabytes in a hidden folder.
    var cleaning = new Thread(() -> abandon(temporary));
    Runtime.getRuntime().addShutdownHook(cleaning);
    try {
      Files.createDirectory(temporary);
      content.writeTo(temporary);
      Files.move(temporary, absolute, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException failure) {
      throw EnvironmentFailure.writing(target, failure);
    } finally {
      delete(temporary);
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

  private static void forget(Thread cleaning) {
    try {
      Runtime.getRuntime().removeShutdownHook(cleaning);
    } catch (IllegalStateException _) {
      // The program is ending, and the hook runs.
    }
  }

  /// Whoever is still writing would put files into the folder while it is emptied, so it is moved
  /// out of the way first.
  static void abandon(Path folder) {
    Path away = folder.resolveSibling(folder.getFileName() + ".old");
    try {
      Files.move(folder, away, StandardCopyOption.ATOMIC_MOVE);
      delete(away);
    } catch (IOException _) {
      // It is complete and has its name, or it cannot be moved; then it can be emptied at least.
      delete(folder);
    }
  }

  private static void delete(Path folder) {
    if (!Files.exists(folder)) return;
    try (var files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) Files.deleteIfExists(file);
    } catch (IOException _) {
      // What is left is hidden and named as temporary; the failure before this one matters more.
    }
  }
}
