package dune.runtime.data;

import dune.weights.Quoted;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/// Tells which lines of files are left out and why, of many only the first.
final class Problems {
  private static final int MOST = 10;

  private final Consumer<String> listener;
  private final Map<Path, Integer> counts = new LinkedHashMap<>();

  Problems(Consumer<String> listener) {
    this.listener = listener;
  }

  /// @param line counted from 1
  void leftOut(Path file, int line, String why) {
    if (counts.merge(file, 1, Integer::sum) > MOST) return;
    listener.accept("%s:%d: left out: %s".formatted(Quoted.path(file), line, why));
  }

  void end() {
    counts.forEach(
        (file, count) -> {
          if (count <= MOST) return;
          listener.accept("%s: %d lines are left out".formatted(Quoted.path(file), count));
        });
  }
}
