package dune.runtime.tokenize;

import ai.djl.engine.EngineException;
import ai.djl.huggingface.tokenizers.Encoding;
import dune.weights.EnvironmentFailure;
import dune.weights.InputFailure;
import dune.weights.config.GenerationConfig;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.OptionalInt;

/// The tokenizer of a `tokenizer.json`, run by Hugging Face's own library.
public final class HuggingFaceTokenizer implements Tokenizer {
  static final String FILE = "tokenizer.json";

  /// Nothing is added, cut or filled up: what a text needs around it is for the callers to say.
  private static final Map<String, String> OPTIONS =
      Map.of("addSpecialTokens", "false", "truncation", "false", "padding", "false");

  private final ai.djl.huggingface.tokenizers.HuggingFaceTokenizer library;
  private final SpecialTokens special;

  private HuggingFaceTokenizer(
      ai.djl.huggingface.tokenizers.HuggingFaceTokenizer library, SpecialTokens special) {
    this.library = library;
    this.special = special;
  }

  /// Loads the tokenizer of a checkpoint folder.
  ///
  /// @param generation where texts begin and end, as the checkpoint's model says
  /// @throws EnvironmentFailure if a file cannot be read, or the native library not be loaded here
  /// @throws InputFailure if a file does not say what it should
  public static Tokenizer of(Path folder, GenerationConfig generation) {
    NativeLibrary.prepare();
    var library = load(folder.resolve(FILE));
    OptionalInt addedFirst = Arrays.stream(ids(library.encode("", true, false))).findFirst();
    var reader = new SpecialTokensReader(token -> specialId(library, token), addedFirst);
    return new HuggingFaceTokenizer(library, reader.read(TokenizerSettings.of(folder), generation));
  }

  private static ai.djl.huggingface.tokenizers.HuggingFaceTokenizer load(Path file) {
    try {
      return ai.djl.huggingface.tokenizers.HuggingFaceTokenizer.newInstance(
          new ByteArrayInputStream(Files.readAllBytes(file)), OPTIONS);
    } catch (IOException e) {
      throw EnvironmentFailure.reading(file, e);
    } catch (LinkageError | EngineException e) {
      throw NativeLibrary.unusable(e);
    } catch (RuntimeException e) {
      throw new InputFailure(file, String.valueOf(e.getMessage()));
    }
  }

  /// A special token's text becomes that one token, wherever it stands.
  private static OptionalInt specialId(
      ai.djl.huggingface.tokenizers.HuggingFaceTokenizer library, String token) {
    Encoding encoding = library.encode(token, false, false);
    return Arrays.equals(encoding.getTokens(), new String[] {token})
        ? OptionalInt.of(ids(encoding)[0])
        : OptionalInt.empty();
  }

  private static int[] ids(Encoding encoding) {
    return Arrays.stream(encoding.getIds()).mapToInt(Math::toIntExact).toArray();
  }

  @Override
  public int[] encode(String text) {
    return ids(library.encode(text, false, false));
  }

  @Override
  public String decode(int[] ids) {
    return library.decode(Arrays.stream(ids).asLongStream().toArray(), true);
  }

  @Override
  public SpecialTokens special() {
    return special;
  }

  @Override
  public void close() {
    library.close();
  }
}
