package dune.backend.torch.libtorch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;

/// How many cores this process may use. Two threads of one core share its arithmetic, so they count
/// as one. What libtorch assumes itself is one core in many virtual machines.
final class Cores {
  private static final Path CPUINFO = Path.of("/proc/cpuinfo");

  private Cores() {}

  static int count() {
    int processors = Runtime.getRuntime().availableProcessors();
    try {
      int cores = count(Files.readAllLines(CPUINFO));
      return cores == 0 ? processors : Math.min(cores, processors);
    } catch (IOException e) {
      return processors;
    }
  }

  /// The cores of all sockets in the lines of Linux's `cpuinfo`; 0 where it does not name them.
  static int count(List<String> cpuinfo) {
    String socket = "";
    var cores = new HashSet<String>();
    for (String line : cpuinfo) {
      String value = line.substring(line.indexOf(':') + 1).strip();
      if (line.startsWith("physical id")) socket = value;
      if (line.startsWith("core id")) cores.add(socket + "/" + value);
    }
    return cores.size();
  }
}
