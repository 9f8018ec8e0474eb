package dune.runtime.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.OptionalLong;

/// How much memory this process holds, as the operating system counts it: mapped weights that were
/// read are part of it.
public final class ResidentMemory {
  private static final Path STATUS = Path.of("/proc/self/status");

  private static final Path CLEAR = Path.of("/proc/self/clear_refs");

  /// What tells the system to count the most memory from now on.
  private static final String PEAK = "5";

  private ResidentMemory() {}

  /// Makes {@link #peak} count from now on; where the system does not allow it, it goes on counting
  /// from the start of the process.
  ///
  /// Source: `clear_refs` of proc(5).
  public static void restart() {
    try {
      Files.writeString(CLEAR, PEAK, StandardOpenOption.WRITE);
    } catch (IOException e) {
      // Other systems, and containers that forbid it: the peak is one of the whole process then.
    }
  }

  /// What it holds now, in bytes; empty where the system does not tell (other than Linux).
  ///
  /// Source: `VmRSS` of proc(5).
  public static OptionalLong now() {
    return status("VmRSS:");
  }

  /// The most at any time since {@link #restart}, in bytes; empty where the system does not tell
  /// (other than Linux).
  ///
  /// Source: `VmHWM` of proc(5).
  public static OptionalLong peak() {
    return status("VmHWM:");
  }

  private static OptionalLong status(String key) {
    if (!Files.isReadable(STATUS)) return OptionalLong.empty();
    try (var lines = Files.lines(STATUS)) {
      return lines
          .filter(line -> line.startsWith(key))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
          .findFirst();
    } catch (IOException | NumberFormatException e) {
      return OptionalLong.empty();
    }
  }
}
