package dune.runtime.tokenize;

import dune.ir.checkpoint.Config;
import dune.ir.checkpoint.Json;
import dune.weights.json.JsonFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/// The JSON files beside a tokenizer.
public final class TokenizerSettings {
  private TokenizerSettings() {}

  /// `tokenizer_config.json`, which need not be there.
  public static Config of(Path folder) {
    return read(folder.resolve("tokenizer_config.json"));
  }

  /// A file; without keys where it is absent.
  public static Config read(Path file) {
    Json settings = Files.exists(file) ? JsonFile.read(file) : new Json.Fields(Map.of());
    return Config.of(file.toString(), settings);
  }
}
