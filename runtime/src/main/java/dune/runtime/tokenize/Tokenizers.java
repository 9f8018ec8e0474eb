package dune.runtime.tokenize;

import dune.weights.EnvironmentFailure;
import dune.weights.Quoted;
import dune.weights.checkpoint.Checkpoint;
import dune.weights.config.GenerationConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/// Finds the tokenizer of a checkpoint folder.
public final class Tokenizers {
  private Tokenizers() {}

  /// Whether {@link #of} finds one.
  public static boolean isIn(Path folder) {
    return Stream.of(HuggingFaceTokenizer.FILE, SentencePieceTokenizer.FILE, SmallAlphabet.FILE)
        .anyMatch(name -> Files.isRegularFile(folder.resolve(name)));
  }

  /// The tokenizer of `tokenizer.json`, else of `tokenizer.model`, else of `dune_tokenizer.json`,
  /// which also counts where `tokenizer.json` only says the same for others.
  ///
  /// @throws EnvironmentFailure if there is none, or it cannot be read
  /// @throws dune.weights.InputFailure if a file does not say what it should
  public static Tokenizer of(Path folder) {
    GenerationConfig generation = Checkpoint.generation(folder);
    Optional<Tokenizer> small = small(folder);
    if (small.isPresent()) return small.get();
    if (Files.isRegularFile(folder.resolve(HuggingFaceTokenizer.FILE))) {
      return HuggingFaceTokenizer.of(folder, generation);
    }
    if (Files.isRegularFile(folder.resolve(SentencePieceTokenizer.FILE))) {
      return SentencePieceTokenizer.of(folder, generation);
    }
    throw new EnvironmentFailure(
        "%s has no tokenizer: neither %s nor %s nor %s; copy it there from where the weights are"
            .formatted(
                Quoted.path(folder),
                HuggingFaceTokenizer.FILE,
                SentencePieceTokenizer.FILE,
                SmallAlphabet.FILE));
  }

  /// A small alphabet, where nothing else lies there but the same for others.
  private static Optional<Tokenizer> small(Path folder) {
    Path file = folder.resolve(SmallAlphabet.FILE);
    if (!Files.isRegularFile(file)) return Optional.empty();
    if (Files.isRegularFile(folder.resolve(SentencePieceTokenizer.FILE))) return Optional.empty();
    Path other = folder.resolve(HuggingFaceTokenizer.FILE);
    SmallAlphabet small = SmallAlphabet.read(file);
    try {
      boolean same =
          !Files.isRegularFile(other) || Files.readString(other).equals(small.huggingFace());
      return same ? Optional.of(small) : Optional.empty();
    } catch (IOException e) {
      throw EnvironmentFailure.reading(other, e);
    }
  }
}
