package dune.weights.checkpoint;

import dune.ir.Elem;
import dune.ir.checkpoint.Config;
import dune.ir.checkpoint.Json;
import dune.weights.EnvironmentFailure;
import dune.weights.InputFailure;
import dune.weights.Quoted;
import dune.weights.config.GenerationConfig;
import dune.weights.consolidated.Consolidated;
import dune.weights.json.JsonFile;
import dune.weights.tensor.Tensors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Weights with everything that lies beside them. Opening one reads headers and settings, no
/// tensor.
public final class Checkpoint {
  private static final String CONFIG = "config.json";
  private static final String PARAMS = "params.json";
  private static final String GENERATION = "generation_config.json";
  private static final String TOKENIZER = "tokenizer.json";

  private final Path folder;
  private final Tensors tensors;
  private final Optional<Config> config;

  private Checkpoint(Path folder, Tensors tensors, Optional<Config> config) {
    this.folder = folder;
    this.tensors = tensors;
    this.config = config;
  }

  /// @param path a folder, a file of safetensors or of PyTorch, or an index of such files
  /// @throws EnvironmentFailure if something is absent or cannot be read
  /// @throws InputFailure if something is broken
  public static Checkpoint open(Path path) {
    if (!Files.exists(path)) {
      throw new EnvironmentFailure(
          "cannot open "
              + Quoted.path(path)
              + ": there is no such file or folder; check the path, or download the weights");
    }
    var folder = Files.isDirectory(path) ? path : path.toAbsolutePath().getParent();
    requireBase(path);
    var ranks = WeightFiles.at(path).read();
    if (ranks.stream().anyMatch(Consolidated::isNamedSo)) return consolidated(folder, ranks);
    if (ranks.size() == 1)
      return new Checkpoint(folder, ranks.getFirst(), settings(folder, CONFIG));
    throw new InputFailure(
        folder,
        "it holds several consolidated files with tensors of unknown names; name one of them");
  }

  private static void requireBase(Path folder) {
    boolean adapter = Files.isRegularFile(folder.resolve("adapter_config.json"));
    if (!adapter || Files.isRegularFile(folder.resolve(CONFIG))) return;
    throw new InputFailure(
        folder, "it has an adapter and no base; name the base there, and this with --adapter");
  }

  /// Meta's and Mistral's own layout. A `config.json` beside it says more than what can be made of
  /// its parameters.
  private static Checkpoint consolidated(Path folder, List<Tensors> ranks) {
    var params = folder.resolve(PARAMS);
    if (!Files.isRegularFile(params)) {
      throw new EnvironmentFailure(
          Quoted.path(folder)
              + " has weights in Meta's or Mistral's layout and no params.json, which says how they"
              + " are to be read; copy it there");
    }
    var seen = Consolidated.see(params, ranks);
    var config =
        settings(folder, CONFIG).orElseGet(() -> Config.of(params.toString(), seen.config()));
    return new Checkpoint(folder, seen.tensors(), Optional.of(config));
  }

  public Path folder() {
    return folder;
  }

  public Tensors tensors() {
    return tensors;
  }

  /// The content of `config.json`. All callers share its memory of what was read.
  ///
  /// @throws EnvironmentFailure if there is none
  public Config config() {
    return config.orElseThrow(
        () ->
            new EnvironmentFailure(
                Quoted.path(folder)
                    + " has no config.json, which says how large the model is; copy it there"));
  }

  /// The same weights, described by another config.
  public Checkpoint with(Config other) {
    return new Checkpoint(folder, tensors, Optional.of(other));
  }

  public boolean hasConfig() {
    return config.isPresent();
  }

  /// The architecture that the weights are for, `LlamaForCausalLM`.
  ///
  /// @throws InputFailure if the config does not say
  public String architecture() {
    return architecture(config());
  }

  /// The architecture that a config is for.
  ///
  /// @throws InputFailure if it does not say
  public static String architecture(Config config) {
    if (config.get("architectures").get(0).value() instanceof Json.Text(var name, _)) return name;
    throw new InputFailure(
        Path.of(config.file()),
        "it has no `architectures`, so it cannot choose the model; name the `.dune` file");
  }

  public GenerationConfig generation() {
    var configs = new ArrayList<Config>();
    settings(GENERATION).ifPresent(configs::add);
    config.ifPresent(configs::add);
    return GenerationConfig.of(configs);
  }

  /// Where texts begin and end, as the settings in a folder say that need not hold weights.
  public static GenerationConfig generation(Path folder) {
    // In Meta's and Mistral's layout only weights and parameters together say it.
    boolean hasParams = Files.isRegularFile(folder.resolve(PARAMS));
    if (hasParams && !Files.isRegularFile(folder.resolve(CONFIG))) return open(folder).generation();
    var configs = new ArrayList<Config>();
    for (String name : List.of(GENERATION, CONFIG)) settings(folder, name).ifPresent(configs::add);
    return GenerationConfig.of(configs);
  }

  /// Hugging Face's description of the tokenizer.
  public Optional<Path> tokenizer() {
    return file(TOKENIZER);
  }

  public Optional<Path> file(String name) {
    return Optional.of(folder.resolve(name)).filter(Files::isRegularFile);
  }

  /// The float type of most of the numbers; f32 if there are none.
  public Elem floatType() {
    Map<Elem, Long> bytes = new EnumMap<>(Elem.class);
    for (Tensors.Located tensor : tensors.all().values()) {
      tensor
          .info()
          .type()
          .elem()
          .filter(Elem::isFloat)
          .ifPresent(elem -> bytes.merge(elem, tensor.info().bytes() / elem.bytes(), Long::sum));
    }
    return bytes.entrySet().stream()
        .max(Map.Entry.comparingByValue())
        .map(Map.Entry::getKey)
        .orElse(Elem.F32);
  }

  private Optional<Config> settings(String name) {
    return settings(folder, name);
  }

  private static Optional<Config> settings(Path folder, String name) {
    return Optional.of(folder.resolve(name)).filter(Files::isRegularFile).map(Checkpoint::settings);
  }

  /// A `config.json` that stands by itself.
  public static Config settings(Path file) {
    return Config.of(file.toString(), JsonFile.read(file));
  }
}
