package dune.runtime.tokenize;

import dune.weights.EnvironmentFailure;
import dune.weights.Quoted;
import dune.weights.checkpoint.Checkpoint;
import dune.weights.config.GenerationConfig;
import java.nio.file.Files;
import java.nio.file.Path;

/// Finds the tokenizer of a checkpoint folder.
public final class Tokenizers {
  private Tokenizers() {}

  /// @throws EnvironmentFailure if there is none, or it cannot be read
  /// @throws dune.weights.InputFailure if a file does not say what it should
  public static Tokenizer of(Path folder) {
    GenerationConfig generation = Checkpoint.generation(folder);
    if (Files.isRegularFile(folder.resolve("tokenizer.json"))) {
      return HuggingFaceTokenizer.of(folder, generation);
    }
    throw new EnvironmentFailure(
        Quoted.path(folder) + " has no tokenizer: tokenizer.json is not there; copy it there");
  }
}
