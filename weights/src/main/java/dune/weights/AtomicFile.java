package dune.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ThreadLocalRandom;

/// Writes files that are either complete or not there: into a temporary file beside the target,
/// forced to the disk, then renamed. A reader that has mapped the former file keeps seeing it
/// whole.
public final class AtomicFile {

  /// What goes into the file.
  @FunctionalInterface
  public interface Content {
    void writeTo(WritableByteChannel channel) throws IOException;
  }

  private AtomicFile() {}

  /// @throws EnvironmentFailure if the file cannot be written; nothing is left behind then
  public static void write(Path target, Content content) {
    Path absolute = place(target);
    var name = absolute.getFileName();
    var random = Long.toHexString(ThreadLocalRandom.current().nextLong());
    Path temporary = absolute.resolveSibling("." + name + "." + random + ".tmp");
    try {
      try (var channel =
          FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        content.writeTo(channel);
        channel.force(true);
      }
      Files.move(temporary, absolute, StandardCopyOption.ATOMIC_MOVE);
      forceFolder(absolute.getParent());
    } catch (IOException failure) {
      throw EnvironmentFailure.writing(target, failure);
    } finally {
      deleteQuietly(temporary);
    }
  }

  /// Where the file itself lies: renaming must replace neither a link nor, with the rights to do
  /// so, a device.
  private static Path place(Path target) {
    if (Files.isDirectory(target)) {
      throw new EnvironmentFailure(
          "cannot write " + Quoted.path(target) + ": it is a folder; name a file");
    }
    if (!Files.exists(target)) return target.toAbsolutePath();
    if (!Files.isRegularFile(target)) {
      throw new EnvironmentFailure(
          "cannot write " + Quoted.path(target) + ": it is not an ordinary file; name another");
    }
    try {
      return target.toRealPath();
    } catch (IOException failure) {
      throw EnvironmentFailure.writing(target, failure);
    }
  }

  public static void write(Path target, byte[] bytes) {
    write(target, channel -> writeFully(channel, ByteBuffer.wrap(bytes)));
  }

  public static void writeFully(WritableByteChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) channel.write(bytes);
  }

  /// The rename survives a power cut only if the folder is on the disk as well. Not every system
  /// can do that, and the file itself is complete by now, so failing here would be worse.
  private static void forceFolder(Path folder) {
    try (var channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException _) {
      // Not possible on this system.
    }
  }

  private static void deleteQuietly(Path temporary) {
    try {
      Files.deleteIfExists(temporary);
    } catch (IOException _) {
      // The first failure is the one worth reporting.
    }
  }
}
