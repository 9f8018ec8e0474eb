package dune.runtime.tokenize;

import dune.weights.EnvironmentFailure;
import dune.weights.Quoted;
import dune.weights.checkpoint.Checkpoint;
import dune.weights.config.GenerationConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/// Finds the tokenizer of a checkpoint folder.
public final class Tokenizers {
  private Tokenizers() {}

  /// Whether {@link #of} finds one.
  public static boolean isIn(Path folder) {
    return Stream.of(HuggingFaceTokenizer.FILE, SentencePieceTokenizer.FILE, SmallAlphabet.FILE)
        .anyMatch(name -> Files.isRegularFile(folder.resolve(name)));
  }

  /// The tokenizer of `tokenizer.json`, else of `tokenizer.model`, else of `dune_tokenizer.json`.
  ///
  /// @throws EnvironmentFailure if there is none, or it cannot be read
  /// @throws dune.weights.InputFailure if a file does not say what it should
  public static Tokenizer of(Path folder) {
    GenerationConfig generation = Checkpoint.generation(folder);
    if (Files.isRegularFile(folder.resolve(HuggingFaceTokenizer.FILE))) {
      return HuggingFaceTokenizer.of(folder, generation);
    }
    if (Files.isRegularFile(folder.resolve(SentencePieceTokenizer.FILE))) {
      return SentencePieceTokenizer.of(folder, generation);
    }
    if (Files.isRegularFile(folder.resolve(SmallAlphabet.FILE))) {
      return SmallAlphabet.read(folder.resolve(SmallAlphabet.FILE));
    }
    throw new EnvironmentFailure(
        "%s has no tokenizer: neither %s nor %s nor %s; copy it there from where the weights are"
            .formatted(
                Quoted.path(folder),
                HuggingFaceTokenizer.FILE,
                SentencePieceTokenizer.FILE,
                SmallAlphabet.FILE));
  }
}
