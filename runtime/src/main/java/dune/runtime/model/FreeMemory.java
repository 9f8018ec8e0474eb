package dune.runtime.model;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/// How much memory a process could still take without the system giving up what others need.
final class FreeMemory {
  private static final Path INFO = Path.of("/proc/meminfo");
  private static final String AVAILABLE = "MemAvailable:";

  private FreeMemory() {}

  /// In bytes. What holds copies of files counts as free where the system tells (Linux), and a
  /// container has no more than its limit.
  static long bytes() {
    var system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    long free = system.getFreeMemorySize();
    if (!Files.isReadable(INFO)) return free;
    try (var lines = Files.lines(INFO)) {
      long available =
          lines
              .filter(line -> line.startsWith(AVAILABLE))
              .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
              .findFirst()
              .orElse(free);
      return Math.min(available, system.getTotalMemorySize());
    } catch (IOException | NumberFormatException e) {
      return free;
    }
  }
}
