package dune.cli;

import dune.backend.torch.TorchBackend;
import dune.backend.torch.run.DeviceRequest;
import dune.frontend.diagnostic.Diagnostics;
import dune.ir.Elem;
import dune.ir.Program;
import dune.ir.checkpoint.Json;
import dune.passes.Optimization;
import dune.passes.Use;
import dune.runtime.adapter.Adaptation;
import dune.runtime.bundle.Bundle;
import dune.runtime.compile.Compilation;
import dune.runtime.compile.CompileOptions;
import dune.runtime.compile.Compiled;
import dune.runtime.compile.ModelCompiler;
import dune.runtime.library.ModelFile;
import dune.runtime.model.Loadable;
import dune.runtime.model.ModelLoader;
import dune.weights.EnvironmentFailure;
import dune.weights.InputFailure;
import dune.weights.UsageFailure;
import dune.weights.checkpoint.Checkpoint;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Which model, which weights, and how to compute: what `run`, `build` and `verify` share.
final class ModelOptions {
  @Parameters(
      arity = "0..1",
      paramLabel = "MODEL",
      description =
          "A .dune file, the name of one that comes with dune (llama), or a bundle made by `dunec"
              + " build`. Without it, the architecture that the weights name.")
  Optional<Path> model = Optional.empty();

  @Option(
      names = {"-w", "--weights"},
      paramLabel = "DIR",
      description =
          "A folder of weights with config.json, as Hugging Face keeps them, or as Meta and Mistral"
              + " do; safetensors or PyTorch files.")
  Optional<Path> weights = Optional.empty();

  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      converter = Converters.ElemConverter.class,
      description = "Compute in f32, bf16, f16 or f64. Default: what the weights are.")
  Optional<Elem> dtype = Optional.empty();

  @Option(
      names = {"-c", "--ctx", "--ctx-size"},
      paramLabel = "N",
      description = "The most tokens of a sequence. Default: the model's own, at most 4096.")
  Optional<Integer> context = Optional.empty();

  @Option(
      names = "-O",
      paramLabel = "LEVEL",
      converter = Converters.LevelConverter.class,
      description =
          "How much is done for speed: 0 for the program as it is written, 1 for what simplifies"
              + " it, 2 for what fuses it as well. Default: 2.")
  Optional<Optimization> level = Optional.empty();

  /// What is added to the weights; set by those commands that have the option.
  List<Adaptation.Choice> adapters = List.of();

  boolean isBundle() {
    return model.isPresent() && Bundle.isBundle(model.get());
  }

  /// What the bundle runs, if it says so.
  Optional<Program> program() {
    return model.flatMap(folder -> Bundle.open(folder).program());
  }

  Checkpoint checkpoint() {
    return Checkpoint.open(
        weights.orElseThrow(
            () ->
                new EnvironmentFailure(
                    "the weights are missing; name their folder with --weights")));
  }

  /// The model file, or what there is to say about it.
  Optional<ModelFile> file(Optional<Checkpoint> checkpoint, Diagnostics diagnostics) {
    if (model.isPresent()) {
      if (Files.isDirectory(model.get())) {
        throw new EnvironmentFailure(
            model.get()
                + " is a folder and no bundle; name a .dune file in it, or --weights "
                + model.get());
      }
      return ModelFile.read(model.get(), diagnostics);
    }
    return checkpoint.map(found -> ModelFile.forArchitecture(found.architecture(), found.folder()));
  }

  /// Says first what many reports may come from: a file for other checkpoints.
  static void warnOfOther(ModelFile file, Checkpoint checkpoint, Reports reports) {
    if (!checkpoint.hasConfig()) return;
    if (!(checkpoint.config().get("architectures").get(0).value() instanceof Json.Text(var name, _))
        || file.text().text().contains(name)
        || file.reads().isEmpty()) return;
    reports.say(
        "config.json is of `%s`, and %s reads checkpoints of %s; without a file, the model is chosen by the config"
            .formatted(name, file.text().name(), String.join(", ", file.reads())));
  }

  Optimization level() {
    return level.orElse(CompileOptions.DEFAULTS.optimization());
  }

  CompileOptions options() {
    var options = CompileOptions.DEFAULTS;
    OptionalInt size = context.isPresent() ? OptionalInt.of(context.get()) : OptionalInt.empty();
    return new CompileOptions(
        dtype, size, options.chunk(), options.values(), level(), adapters, options.use());
  }

  /// The model with its weights, before anything slow is begun.
  ///
  /// @return empty if the model has mistakes, which are shown
  Optional<Loadable> loadable(Use use, Reports reports) {
    if (isBundle()) {
      if (level.isPresent()) {
        throw new InputFailure(
            model.orElseThrow(),
            "a bundle is compiled already; give -O to `dunec build` when you make it");
      }
      if (!adapters.isEmpty()) {
        throw new InputFailure(
            model.orElseThrow(),
            "a bundle is compiled already, without adapters; leave it out and name --weights");
      }
      return Optional.of(
          Bundle.open(model.orElseThrow())
              .open(weights, new Bundle.Request(dtype, options().context())));
    }
    Checkpoint checkpoint = checkpoint();
    var diagnostics = new Diagnostics();
    Optional<ModelFile> file = file(Optional.of(checkpoint), diagnostics);
    reports.show(diagnostics);
    file.ifPresent(found -> warnOfOther(found, checkpoint, reports));
    Optional<Compiled> compiled =
        file.flatMap(found -> compile(found, checkpoint, options().withUse(use), reports));
    if (compiled.isPresent()) warnOfLength(checkpoint, reports);
    return compiled.map(done -> new ModelLoader(done, checkpoint));
  }

  /// Beyond the lengths that it was trained on, a model goes on, with nonsense.
  private void warnOfLength(Checkpoint checkpoint, Reports reports) {
    OptionalLong trained = ModelCompiler.positions(checkpoint.config());
    if (context.isEmpty() || trained.isEmpty() || context.get() <= trained.getAsLong()) return;
    reports.say(
        String.format(
            Locale.ROOT,
            "config.json says `max_position_embeddings` %d: what comes beyond may make no sense,"
                + " and a context of %d takes memory for all of it",
            trained.getAsLong(),
            context.get()));
  }

  /// Compiles, and shows what there is to say.
  ///
  /// @return empty if the model has mistakes
  static Optional<Compiled> compile(
      ModelFile file, Checkpoint checkpoint, CompileOptions options, Reports reports) {
    return switch (ModelCompiler.compile(file, checkpoint, options)) {
      case Compilation.Done(var compiled, var diagnostics) -> {
        reports.show(diagnostics);
        yield Optional.of(compiled);
      }
      case Compilation.Refused(var diagnostics) -> {
        reports.show(diagnostics);
        yield Optional.empty();
      }
    };
  }

  /// Where to compute.
  static final class Machine {
    @Option(
        names = "--device",
        paramLabel = "DEVICE",
        defaultValue = "auto",
        converter = Converters.DeviceConverter.class,
        description =
            "cpu, mps, cuda, or auto: the fastest that is there. Default: ${DEFAULT-VALUE}.")
    DeviceRequest device = DeviceRequest.AUTO;

    @Option(
        names = {"-t", "--threads"},
        paramLabel = "N",
        description = "Threads of one operation. Default: one per core, or OMP_NUM_THREADS.")
    Optional<Integer> threads = Optional.empty();

    void apply() {
      if (threads.isPresent()) {
        if (threads.get() < 1) throw new UsageFailure("--threads must be 1 or more");
        TorchBackend.torch().useThreads(threads.get());
      }
    }

    /// Loads libtorch beside everything else that has to be done first.
    static void warmUp() {
      Thread.ofPlatform()
          .daemon()
          .start(
              () -> {
                try {
                  TorchBackend.torch();
                } catch (RuntimeException e) {
                  // Whoever needs it meets the same failure, and reports it.
                }
              });
    }
  }
}
