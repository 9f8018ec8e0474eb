package dune.cli;

import dune.frontend.diagnostic.Diagnostics;
import dune.passes.Optimization;
import dune.passes.Use;
import dune.runtime.bench.Build;
import dune.runtime.bench.Contenders;
import dune.runtime.bench.Plan;
import dune.runtime.compile.Compilation;
import dune.runtime.compile.CompileOptions;
import dune.runtime.compile.ModelCompiler;
import dune.runtime.library.ModelFile;
import dune.runtime.model.Loadable;
import dune.weights.UsageFailure;
import dune.weights.checkpoint.Checkpoint;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Which model is benched, with which weights: those of a checkpoint, or random ones.
final class BenchModel {
  @Mixin private ModelOptions model;
  @Mixin private ModelOptions.Machine machine;
  @Mixin private SizeOptions sizes;

  @Option(
      names = {"-s", "--seed"},
      paramLabel = "S",
      defaultValue = "0",
      description = "Of random weights. Default: ${DEFAULT-VALUE}.")
  private long seed;

  private Optional<ModelFile> file = Optional.empty();
  private boolean said;

  ModelOptions.Machine machine() {
    return machine;
  }

  /// The model file, once it was compiled.
  Optional<ModelFile> file() {
    return file;
  }

  boolean isBundle() {
    return model.isBundle();
  }

  boolean hasLevel() {
    return model.level.isPresent();
  }

  /// Compiles, and loads.
  ///
  /// @param plan for which there must be room
  /// @param levels at which to compile; none for that of -O
  /// @return empty if the model has mistakes, which are shown
  Optional<Contenders> load(Plan plan, List<Optimization> levels, Reports reports) {
    takeFolder();
    if (isBundle()) return bundle(plan, reports);
    Optional<Checkpoint> checkpoint = sizes.checkpoint(model);
    file = file(checkpoint, reports);
    if (file.isEmpty()) return Optional.empty();
    checkpoint.ifPresent(found -> ModelOptions.warnOfOther(file.get(), found, reports));
    var builds = new ArrayList<Build>();
    // The first compilation of a process takes longer than those that follow.
    if (!levels.isEmpty()) build(file.get(), checkpoint, levels.getFirst(), reports);
    for (Optimization level : levels.isEmpty() ? List.of(model.level()) : levels) {
      Optional<Build> build = build(file.get(), checkpoint, level, reports);
      if (build.isEmpty()) return Optional.empty();
      requireRoom(plan, build.get().compiled().context());
      builds.add(build.get());
    }
    machine.apply();
    return Optional.of(
        checkpoint
            .map(found -> Contenders.ofCheckpoint(builds, found, machine.device))
            .orElseGet(() -> Contenders.ofRandom(builds, seed, machine.device)));
  }

  /// A folder of weights may stand in the place of the model.
  private void takeFolder() {
    if (model.model.isEmpty() || model.weights.isPresent() || isBundle()) return;
    if (!Files.isDirectory(model.model.get())) return;
    model.weights = model.model;
    model.model = Optional.empty();
  }

  private Optional<Contenders> bundle(Plan plan, Reports reports) {
    if (!sizes.given().isEmpty()) {
      throw new UsageFailure("a bundle has its sizes; --config and --set are for .dune files");
    }
    long begin = System.nanoTime();
    Optional<Loadable> found = model.loadable(Use.WRITING, reports);
    double seconds = (System.nanoTime() - begin) * 1e-9;
    found.ifPresent(bundle -> requireRoom(plan, bundle.limits().context()));
    machine.apply();
    return found.map(
        bundle -> Contenders.ofBundle(bundle, model.program(), seconds, machine.device));
  }

  private Optional<ModelFile> file(Optional<Checkpoint> checkpoint, Reports reports) {
    var diagnostics = new Diagnostics();
    Optional<ModelFile> found = sizes.file(model, checkpoint, diagnostics);
    reports.show(diagnostics);
    if (found.isEmpty() && model.model.isEmpty()) {
      throw new UsageFailure(
          "there is nothing to time; name a .dune file, a bundle or a folder of weights");
    }
    return found;
  }

  private Optional<Build> build(
      ModelFile found, Optional<Checkpoint> checkpoint, Optimization level, Reports reports) {
    CompileOptions options =
        model.options().withValues(sizes.values()).withOptimization(level).withUse(Use.WRITING);
    long begin = System.nanoTime();
    Compilation compilation =
        checkpoint
            .map(weights -> ModelCompiler.compile(found, weights, options))
            .orElseGet(
                () ->
                    ModelCompiler.compile(
                        found, sizes.settings(Optional.empty(), model.dtype), options));
    double seconds = (System.nanoTime() - begin) * 1e-9;
    return switch (compilation) {
      case Compilation.Done(var compiled, var diagnostics) -> {
        shown(diagnostics, reports);
        yield Optional.of(new Build(compiled, level, seconds));
      }
      case Compilation.Refused(var diagnostics) -> {
        shown(diagnostics, reports);
        yield Optional.empty();
      }
    };
  }

  /// What there is to say is the same at every level.
  private void shown(Diagnostics diagnostics, Reports reports) {
    if (!said) reports.show(diagnostics);
    said = true;
  }

  private static void requireRoom(Plan plan, int context) {
    if (plan.longest() > context) {
      throw new UsageFailure(
          "%d tokens do not fit into a context of %d; --ctx-size makes it larger"
              .formatted(plan.longest(), context));
    }
  }
}
