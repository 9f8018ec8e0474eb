package dune.cli;

import dune.frontend.diagnostic.Diagnostics;
import dune.frontend.elaborate.Settings;
import dune.ir.Elem;
import dune.ir.checkpoint.Config;
import dune.runtime.library.ModelFile;
import dune.weights.UsageFailure;
import dune.weights.checkpoint.Checkpoint;
import dune.weights.config.Dtypes;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/// How large a model is, where its weights do not say it, or are not there.
final class SizeOptions {
  @Option(
      names = "--config",
      paramLabel = "FILE",
      description =
          "Take the sizes from this config.json. Default: those of the weights, else of the file's"
              + " header.")
  private Optional<Path> config = Optional.empty();

  @Option(
      names = "--set",
      paramLabel = "NAME=VALUE",
      description = "Give a parameter of the model another value; may be given several times.")
  private Map<String, String> values = new LinkedHashMap<>();

  /// The options that were given.
  List<String> given() {
    var given = new ArrayList<String>();
    if (config.isPresent()) given.add("--config");
    if (!values.isEmpty()) given.add("--set");
    return given;
  }

  /// The words of a command line that gives the same sizes.
  List<String> words() {
    var words = new ArrayList<String>();
    config.ifPresent(file -> words.addAll(List.of("--config", file.toString())));
    values.forEach((name, value) -> words.addAll(List.of("--set", name + "=" + value)));
    return words;
  }

  boolean hasConfig() {
    return config.isPresent();
  }

  /// What --config holds.
  Optional<Config> config() {
    return config.map(Checkpoint::settings);
  }

  Map<String, String> values() {
    return values;
  }

  /// The weights, for commands that take their sizes from one place.
  ///
  /// @throws UsageFailure if there are two
  Optional<Checkpoint> checkpoint(ModelOptions model) {
    if (config.isPresent() && model.weights.isPresent()) {
      throw new UsageFailure(
          "--config gives sizes in place of --weights, which have their own; give one of them");
    }
    return model.weights.map(_ -> model.checkpoint());
  }

  /// The file that was named, else that of the architecture which --config or the weights name.
  ///
  /// @return empty if there is none, or what is wrong with it is in `diagnostics`
  Optional<ModelFile> file(
      ModelOptions model, Optional<Checkpoint> checkpoint, Diagnostics diagnostics) {
    return model.model.isEmpty() && config.isPresent()
        ? file()
        : model.file(checkpoint, diagnostics);
  }

  /// The model of the architecture that --config names: it comes with dune, or lies beside it.
  Optional<ModelFile> file() {
    return config.map(
        path -> {
          Path folder = Optional.ofNullable(path.getParent()).orElse(Path.of(""));
          String architecture = Checkpoint.architecture(Checkpoint.settings(path));
          return ModelFile.forArchitecture(architecture, folder);
        });
  }

  /// Those of --config, else of the weights, else of the file's header; --set wins.
  ///
  /// @param dtype what was asked for; without it, what the config says or the weights are
  Settings settings(Optional<Checkpoint> checkpoint, Optional<Elem> dtype) {
    Optional<Config> own = config();
    Elem elem =
        dtype
            .or(() -> own.flatMap(Dtypes::of))
            .or(() -> checkpoint.map(Checkpoint::floatType))
            .orElse(Elem.F32);
    return own.or(() -> checkpoint.map(Checkpoint::config))
        .map(found -> Settings.of(found, elem))
        .orElseGet(() -> Settings.defaults(elem))
        .with(values);
  }
}
