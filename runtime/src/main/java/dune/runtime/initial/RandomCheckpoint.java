package dune.runtime.initial;

import dune.frontend.diagnostic.Diagnostics;
import dune.frontend.elaborate.ConfigDraft;
import dune.frontend.elaborate.Elaborated;
import dune.frontend.elaborate.Elaborator;
import dune.frontend.elaborate.Settings;
import dune.frontend.source.SourceText;
import dune.ir.Elem;
import dune.ir.Program;
import dune.ir.Weight;
import dune.ir.checkpoint.Config;
import dune.ir.checkpoint.Json;
import dune.runtime.compile.ModelCompiler;
import dune.runtime.library.Library;
import dune.runtime.library.ModelFile;
import dune.runtime.tokenize.SmallAlphabet;
import dune.weights.AtomicFolder;
import dune.weights.EnvironmentFailure;
import dune.weights.InputFailure;
import dune.weights.bind.FileTensor;
import dune.weights.bind.Unbinder;
import dune.weights.config.Dtypes;
import dune.weights.json.JsonText;
import dune.weights.random.RandomTensors;
import dune.weights.safetensors.ShardWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongConsumer;

/// A checkpoint with random weights, before it is written.
public final class RandomCheckpoint {
  private static final String CONFIG = "config.json";

  private final ModelFile model;
  private final Json.Fields config;
  private final Program program;
  private final List<FileTensor> tensors;

  /// What is to be made.
  ///
  /// @param config settings to begin with; without them, the parameters have their defaults
  /// @param values parameters given by hand, which win
  /// @param elem the model's float type; without it, that of the config, else f32
  public record Request(
      ModelFile model, Optional<Config> config, Map<String, String> values, Optional<Elem> elem) {
    public Request {
      values = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(values));
    }
  }

  /// What came of planning.
  public sealed interface Plan {
    record Ready(RandomCheckpoint checkpoint, Diagnostics diagnostics) implements Plan {}

    /// The model has mistakes.
    record Refused(Diagnostics diagnostics) implements Plan {}
  }

  private RandomCheckpoint(
      ModelFile model, Json.Fields config, Program program, List<FileTensor> tensors) {
    this.model = model;
    this.config = config;
    this.program = program;
    this.tensors = tensors;
  }

  /// Finds out which config and which tensors the model asks for.
  ///
  /// @throws InputFailure if the checkpoint clause cannot be read backwards
  public static Plan plan(Request request) {
    var model = request.model();
    Elem elem =
        request.elem().orElseGet(() -> request.config().flatMap(Dtypes::of).orElse(Elem.F32));
    var settings =
        request
            .config()
            .map(found -> Settings.of(found, elem))
            .orElseGet(() -> Settings.defaults(elem))
            .with(request.values());
    return switch (ConfigDraft.draft(model.text(), model.sources(), settings)) {
      case ConfigDraft.Result.Drafted(var config) -> plan(model, Dtypes.with(config, elem), elem);
      case ConfigDraft.Result.Mistaken(var diagnostics) -> new Plan.Refused(diagnostics);
      case ConfigDraft.Result.NoClause() ->
          throw new InputFailure(
              model.text().name()
                  + " has no checkpoint clause, which says what config.json and the tensors are"
                  + " called; add one");
      case ConfigDraft.Result.Unsaid unsaid -> throw cannot(unsaid);
    };
  }

  /// The model as it will be read.
  private static Plan plan(ModelFile model, Json.Fields config, Elem elem) {
    Elaborated elaborated =
        Elaborator.elaborate(
            model.text(), model.sources(), Settings.of(Config.of(CONFIG, config), elem));
    if (elaborated.program().isEmpty()) return new Plan.Refused(elaborated.diagnostics());
    Program program = elaborated.program().get();
    var tensors = Unbinder.unbind(ModelCompiler.clause(model, elaborated), program);
    return new Plan.Ready(
        new RandomCheckpoint(model, config, program, tensors), elaborated.diagnostics());
  }

  private static InputFailure cannot(ConfigDraft.Result.Unsaid unsaid) {
    var value = unsaid.parameter() + " = " + unsaid.value();
    return new InputFailure(
        unsaid
            .line()
            .map(
                line ->
                    "found no config.json that gives `%s`, as the checkpoint clause reads `%s`; write one and name it with --config"
                        .formatted(value, line))
            .orElseGet(
                () ->
                    "config.json cannot say `%s`: the checkpoint clause does not read `%s`; change its default in the file"
                        .formatted(value, unsaid.parameter())));
  }

  /// How many bytes the tensors have.
  public long bytes() {
    return tensors.stream().mapToLong(tensor -> tensor.info().bytes()).sum();
  }

  public List<FileTensor> tensors() {
    return tensors;
  }

  /// Writes the folder: all of it, or nothing. The same seed gives the same bytes, whatever the
  /// number of threads.
  ///
  /// @param folder a place where nothing is
  /// @param shardSize the most bytes of the tensors of one file
  /// @param written hears how many bytes of the tensors have been written
  /// @throws EnvironmentFailure if that is not possible
  public void write(Path folder, long seed, long shardSize, int threads, LongConsumer written) {
    AtomicFolder.requireFree(folder);
    AtomicFolder.requireSpace(folder, bytes());
    var weights = new LinkedHashMap<String, Weight>();
    program.weights().forEach(weight -> weights.put(weight.path(), weight));
    try (var random =
        new RandomTensors(path -> weights.get(path).initializer(), seed, threads, written)) {
      AtomicFolder.write(
          folder,
          inside -> {
            Files.writeString(inside.resolve(CONFIG), JsonText.write(config));
            writeModel(inside);
            if (hasTokenizer()) SmallAlphabet.bytes().write(inside);
            ShardWriter.write(inside, tensors.stream().map(random::of).toList(), shardSize);
          });
    }
  }

  /// A model that does not come with dune lies beside its weights, where it is found again.
  private void writeModel(Path folder) throws IOException {
    if (Library.models().stream().anyMatch(own -> own.text().equals(model.text().text()))) return;
    var files = new ArrayList<SourceText>();
    files.add(model.text());
    files.addAll(model.imported());
    var library = Library.standard().stream().map(SourceText::name).toList();
    for (SourceText file : files) {
      if (library.contains(file.name())) continue;
      Path place = folder.resolve(model.folder().relativize(Path.of(file.name())).toString());
      Files.createDirectories(place.getParent());
      Files.writeString(place, file.text());
    }
  }

  /// Whether texts can be given to the model: nobody learned a vocabulary, so that they are their
  /// bytes, where there are enough tokens.
  public boolean hasTokenizer() {
    var logits = program.require("forward").outputs().getFirst().value();
    var type = program.require("forward").of(logits);
    long vocabulary = type.dim(type.rank() - 1).size().orElse(0);
    return vocabulary >= SmallAlphabet.bytes().size();
  }
}
