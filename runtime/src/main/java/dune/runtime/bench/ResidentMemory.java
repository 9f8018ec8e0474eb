package dune.runtime.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/// How much memory this process holds, as the operating system counts it: mapped weights that were
/// read are part of it.
public final class ResidentMemory {
  private static final Path STATUS = Path.of("/proc/self/status");

  private ResidentMemory() {}

  /// The most at any time so far, in bytes; empty where the system does not tell (other than
  /// Linux).
  ///
  /// Source: `VmHWM` of proc(5).
  public static OptionalLong peak() {
    if (!Files.isReadable(STATUS)) return OptionalLong.empty();
    try (var lines = Files.lines(STATUS)) {
      return lines
          .filter(line -> line.startsWith("VmHWM:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
          .findFirst();
    } catch (IOException | NumberFormatException e) {
      return OptionalLong.empty();
    }
  }
}
