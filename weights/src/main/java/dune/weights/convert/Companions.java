package dune.weights.convert;

import dune.ir.Elem;
import dune.ir.checkpoint.Json;
import dune.weights.EnvironmentFailure;
import dune.weights.checkpoint.Checkpoint;
import dune.weights.config.Dtypes;
import dune.weights.json.JsonText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// What lies beside weights and belongs to them: the config, the tokenizer, the licence, a model of
/// the user's own.
public final class Companions {
  private static final String CONFIG = "config.json";

  private static final Pattern OTHERS =
      Pattern.compile(
          "generation_config\\.json|tokenizer.*|dune_tokenizer\\.json|.*\\.tiktoken|tekken\\.json"
              + "|special_tokens_map\\.json"
              + "|added_tokens\\.json|vocab\\.(json|txt)|merges\\.txt|.*\\.model"
              + "|chat_template\\.(jinja|json)|LICENSE.*|NOTICE.*|USE_POLICY.*|README\\.md"
              + "|.*\\.dune");

  /// Which of them make up a tokenizer.
  private static final Pattern TOKENIZER =
      Pattern.compile(
          "generation_config\\.json|tokenizer.*|dune_tokenizer\\.json|special_tokens_map\\.json"
              + "|added_tokens\\.json|vocab\\.(json|txt)|merges\\.txt|chat_template\\.(jinja|json)");

  private final Checkpoint from;
  private final Optional<Elem> elem;

  /// @param elem what the weights were converted to
  public Companions(Checkpoint from, Optional<Elem> elem) {
    this.from = from;
    this.elem = elem;
  }

  /// What is copied is the user's own, whoever may write the originals.
  public void copyTo(Path folder) throws IOException {
    if (from.hasConfig()) copyConfig(folder.resolve(CONFIG));
    for (Path file : others()) copy(file, folder.resolve(file.getFileName()));
  }

  /// Copies a tokenizer with what it says of special tokens and of conversations.
  ///
  /// @throws EnvironmentFailure if that is not possible
  public static void copyTokenizer(Path from, Path to) {
    try (var files = Files.list(from)) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        String name = file.getFileName().toString();
        if (TOKENIZER.matcher(name).matches()) copy(file, to.resolve(name));
      }
    } catch (IOException failure) {
      throw EnvironmentFailure.reading(from, failure);
    }
  }

  private void copyConfig(Path to) throws IOException {
    var original = from.file(CONFIG);
    if (original.isPresent() && elem.isEmpty()) copy(original.get(), to);
    else Files.writeString(to, JsonText.write(config()));
  }

  private static void copy(Path file, Path to) throws IOException {
    Files.write(to, Files.readAllBytes(file));
  }

  private Json config() {
    Json config = from.config().value();
    return elem.isPresent() && config instanceof Json.Fields fields
        ? Dtypes.with(fields, elem.get())
        : config;
  }

  /// Without a config a file lies anywhere, and what is beside it may be anyone's.
  private List<Path> others() {
    if (!from.hasConfig()) return List.of();
    try (var files = Files.list(from.folder())) {
      return files
          .filter(Files::isRegularFile)
          .filter(file -> OTHERS.matcher(file.getFileName().toString()).matches())
          .sorted()
          .toList();
    } catch (IOException failure) {
      throw EnvironmentFailure.reading(from.folder(), failure);
    }
  }
}
