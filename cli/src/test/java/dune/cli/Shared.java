package dune.cli;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/// Weights that tests use.
final class Shared {
  /// A tiny LLaMA with random weights, which lies in the repository; it has no tokenizer.
  static final Path TINY = SourceTree.ROOT.resolve("runtime/src/test/resources/golden/llama");

  /// A real model that is not ours to commit.
  static final Path STORIES =
      Path.of(System.getProperty("dune.shared", "../shared"), "models", "stories260K");

  private Shared() {}

  static void assumeStories() {
    assumeTrue(
        Files.exists(STORIES),
        () -> "skipped: " + STORIES + " is absent; -Ddune.shared=FOLDER says where it is");
  }
}
