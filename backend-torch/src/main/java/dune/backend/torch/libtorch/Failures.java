package dune.backend.torch.libtorch;

import dune.backend.torch.run.TorchException;
import dune.weights.EnvironmentFailure;
import java.util.stream.Collectors;

/// Sorts what libtorch throws.
final class Failures {
  private Failures() {}

  static RuntimeException of(String what, RuntimeException thrown) {
    if (thrown instanceof IllegalArgumentException
        || thrown instanceof TorchException
        || thrown instanceof EnvironmentFailure) {
      return thrown;
    }
    // Frames of C++ tell a reader of ours nothing.
    String words =
        String.valueOf(thrown.getMessage())
            .lines()
            .takeWhile(line -> !line.startsWith("Exception raised from "))
            .collect(Collectors.joining("\n"));
    boolean memory = words.contains("can't allocate memory") || words.contains("out of memory");
    if (memory) {
      String line = words.lines().filter(each -> each.contains("memory")).findFirst().orElse(words);
      return new EnvironmentFailure(what + ": " + line.strip());
    }
    return new TorchException(what + ": " + words, thrown);
  }
}
