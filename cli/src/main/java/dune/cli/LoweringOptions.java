package dune.cli;

import dune.frontend.diagnostic.Diagnostics;
import dune.frontend.elaborate.Elaborated;
import dune.frontend.elaborate.Elaborator;
import dune.frontend.elaborate.Settings;
import dune.ir.Program;
import dune.ir.checkpoint.Config;
import dune.passes.time.StepOptions;
import dune.runtime.compile.CompileOptions;
import dune.runtime.compile.ModelCompiler;
import dune.runtime.library.ModelFile;
import dune.weights.UsageFailure;
import dune.weights.checkpoint.Checkpoint;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// Which model at which sizes, for commands that look at its intermediate representation.
final class LoweringOptions {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Mixin ModelOptions model;

  @Mixin SizeOptions sizes;

  @Option(
      names = "--chunk",
      paramLabel = "N",
      description =
          "The most tokens that one call takes in; a rolling window keeps that many more. Default:"
              + " 256.")
  private int chunk = CompileOptions.DEFAULTS.chunk();

  /// A program and the config that its sizes are from.
  ///
  /// @param config empty where they are those of the file's header, or the program was read
  record Lowered(Program program, Optional<Config> config) {}

  /// What the author wrote, lowered; empty if it has mistakes, which are shown.
  Optional<Lowered> lower(Reports reports) {
    if (model.model.isEmpty() && model.weights.isEmpty() && !sizes.hasConfig()) {
      throw new ParameterException(spec.commandLine(), "a file is missing, or --config");
    }
    var diagnostics = new Diagnostics();
    Optional<Checkpoint> checkpoint = sizes.checkpoint(model);
    Optional<ModelFile> file = sizes.file(model, checkpoint, diagnostics);
    reports.show(diagnostics);
    if (file.isEmpty()) return Optional.empty();
    Settings settings = sizes.settings(checkpoint, model.dtype);
    Elaborated elaborated = Elaborator.elaborate(file.get().text(), file.get().sources(), settings);
    reports.show(elaborated.diagnostics());
    return elaborated.program().map(program -> new Lowered(program, settings.config()));
  }

  /// A program has its sizes and types: refuses options that would be ignored. What comes from the
  /// environment is for all commands, and may be.
  void requireNoSizes(Path program) {
    var given = spec.commandLine().getParseResult();
    List<String> ignored =
        Stream.of("--weights", "--dtype", "--config", "--set")
            .filter(given::hasMatchedOption)
            .toList();
    if (ignored.isEmpty()) return;
    throw new UsageFailure(
        "%s has its sizes and types already, so %s would do nothing; give it to `dunec ir`, which makes .ir files of .dune files"
            .formatted(program, String.join(", ", ignored)));
  }

  /// The context that `run` would choose, unless one was asked for.
  StepOptions steps(Lowered lowered) {
    int context = ModelCompiler.context(lowered.config(), lowered.program(), model.options());
    if (chunk < 1) throw new UsageFailure("--chunk must be 1 or more");
    return new StepOptions(context, Math.min(chunk, context));
  }
}
