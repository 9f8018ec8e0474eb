package dune.runtime.compile;

import dune.frontend.elaborate.Elaborated;
import dune.frontend.elaborate.Elaborator;
import dune.frontend.elaborate.Settings;
import dune.ir.Elem;
import dune.ir.Function;
import dune.ir.Program;
import dune.ir.checkpoint.CheckpointMap;
import dune.ir.checkpoint.Config;
import dune.ir.checkpoint.Json;
import dune.passes.Compiler;
import dune.passes.Optimization;
import dune.passes.lora.Adapter;
import dune.passes.lora.AddLora;
import dune.passes.lora.Projection;
import dune.passes.lora.Projections;
import dune.passes.pass.Observer;
import dune.passes.pass.PassException;
import dune.passes.time.Reason;
import dune.passes.time.StepOptions;
import dune.passes.train.Activations;
import dune.passes.train.KeepApart;
import dune.passes.train.LossOptions;
import dune.runtime.adapter.Adaptation;
import dune.runtime.library.ModelFile;
import dune.weights.InputFailure;
import dune.weights.UsageFailure;
import dune.weights.bind.Binder;
import dune.weights.checkpoint.Checkpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;

/// Compiles a model for a checkpoint.
public final class ModelCompiler {
  /// The loss of a model that is not being trained.
  public static final String MEASURE = "measure";

  /// Contexts that nobody asked for stop here, since their caches are allocated at once.
  private static final int DEFAULT_CONTEXT = 4096;

  private static final CheckpointMap NO_CLAUSE = new CheckpointMap(List.of(), List.of(), List.of());

  private ModelCompiler() {}

  /// @throws InputFailure if the context is larger than the model can have, the model has no
  ///   checkpoint clause, or adapters do not fit
  public static Compilation compile(
      ModelFile model, Checkpoint checkpoint, CompileOptions options) {
    Elaborated elaborated = elaborate(model, checkpoint, options);
    if (elaborated.program().isEmpty()) return new Compilation.Refused(elaborated.diagnostics());
    CheckpointMap map = clause(model, elaborated);
    Adaptation adaptation =
        adaptation(elaborated.program().get(), map, checkpoint, options.adapters());
    return compile(elaborated, adaptation, adaptation.adapters(), checkpoint, model, options);
  }

  /// With adapters whose numbers whoever loads the program will have; they drop nothing.
  ///
  /// @throws InputFailure as the other
  public static Compilation compile(
      ModelFile model, Checkpoint checkpoint, CompileOptions options, List<Adapter> adapters) {
    Elaborated elaborated = elaborate(model, checkpoint, options);
    if (elaborated.program().isEmpty()) return new Compilation.Refused(elaborated.diagnostics());
    return compile(elaborated, Adaptation.NONE, certain(adapters), checkpoint, model, options);
  }

  private static Compilation compile(
      Elaborated elaborated,
      Adaptation adaptation,
      List<Adapter> adapters,
      Checkpoint checkpoint,
      ModelFile model,
      CompileOptions options) {
    return compile(
        elaborated,
        adaptation,
        adapters,
        clause(model, elaborated),
        Optional.of(checkpoint.config()),
        elem(checkpoint, options),
        options);
  }

  private static Adaptation adaptation(
      Program written, CheckpointMap map, Checkpoint checkpoint, List<Adaptation.Choice> choices) {
    if (choices.isEmpty()) return Adaptation.NONE;
    var adaptation =
        Adaptation.of(choices, Binder.bind(map, written, checkpoint.tensors()).bindings());
    Set<String> possible =
        Projections.of(written).stream().map(Projection::weight).collect(Collectors.toSet());
    for (Adapter adapter : adaptation.adapters()) {
      if (possible.contains(adapter.weight())) continue;
      throw new InputFailure(
          choices.getFirst().adapter().folder(),
          "it changes `%s`, and while a model runs dune adds adapters to the products of its blocks only; `dunec merge` makes a checkpoint with it"
              .formatted(adapter.weight()));
    }
    return adaptation;
  }

  /// Compiles for sizes that come from no checkpoint. Where the model has no checkpoint clause, the
  /// result has an empty one.
  ///
  /// @throws InputFailure if the context is larger than the model can have
  public static Compilation compile(ModelFile model, Settings settings, CompileOptions options) {
    Elaborated elaborated = Elaborator.elaborate(model.text(), model.sources(), settings);
    if (elaborated.program().isEmpty()) return new Compilation.Refused(elaborated.diagnostics());
    CheckpointMap map = elaborated.checkpoint().orElse(NO_CLAUSE);
    return compile(
        elaborated, Adaptation.NONE, List.of(), map, settings.config(), settings.elem(), options);
  }

  /// Compiles the loss of a model. Where the model has no checkpoint clause, the result has an
  /// empty one.
  ///
  /// @param steps the most of a sequence
  /// @return a program with `loss`, and with {@link #MEASURE} if that is something else outside of
  ///   training
  /// @throws InputFailure if sequences are longer than the model can have
  public static Compilation compileLoss(
      ModelFile model, Settings settings, Optimization optimization, int steps) {
    return compileLoss(model, settings, optimization, steps, List.of(), LossOptions.PLAIN);
  }

  /// The loss of a model with adapters, which have dropout in training only. Where blocks are
  /// recomputed, the program has the parts of the loss in place of `loss`, and {@link #MEASURE} in
  /// any case.
  ///
  /// @param added to the program as its author wrote it
  /// @throws InputFailure if there are no blocks to recompute, too
  public static Compilation compileLoss(
      ModelFile model,
      Settings settings,
      Optimization optimization,
      int steps,
      List<Adapter> added,
      LossOptions options) {
    Elaborated measured = elaborate(model, settings.with(Settings.Purpose.INFERENCE));
    Elaborated elaborated = elaborate(model, settings.with(Settings.Purpose.TRAINING));
    if (measured.program().isEmpty()) return new Compilation.Refused(measured.diagnostics());
    if (elaborated.program().isEmpty()) return new Compilation.Refused(elaborated.diagnostics());
    Program written = elaborated.program().get();
    context(settings.config(), written, CompileOptions.DEFAULTS.withContext(steps));
    dune.passes.Compiled result =
        loss(model, AddLora.apply(written, added), optimization, steps, options);
    if (options.activations() == Activations.RECOMPUTED
        && result.program().functions().size() == 1) {
      throw new InputFailure(
          "%s has no list of blocks that could be recomputed one by one; leave out --recompute"
              .formatted(model.text().name()));
    }
    Program measure =
        loss(
                model,
                AddLora.apply(measured.program().get(), certain(added)),
                optimization,
                steps,
                LossOptions.PLAIN.with(options.sharing()))
            .program();
    return new Compilation.Done(
        new Compiled(
            result.program().equals(measure) ? measure : with(result.program(), measure),
            elaborated.checkpoint().orElse(NO_CLAUSE),
            List.of(),
            settings.elem(),
            steps,
            steps,
            elaborated.parameters(),
            result.remarks(),
            Adaptation.NONE),
        elaborated.diagnostics());
  }

  /// As they are outside of training.
  private static List<Adapter> certain(List<Adapter> adapters) {
    return adapters.stream().map(adapter -> adapter.withDropout(0)).toList();
  }

  private static dune.passes.Compiled loss(
      ModelFile model, Program program, Optimization optimization, int steps, LossOptions options) {
    try {
      return Compiler.compileLoss(program, optimization, steps, options, Observer.NONE);
    } catch (PassException e) {
      if (!(e.getCause() instanceof KeepApart.Impossible reason)) throw e;
      throw new InputFailure(
          "%s: %s; give each its own rows with --documents apart"
              .formatted(model.text().name(), reason.getMessage()));
    }
  }

  private static Elaborated elaborate(ModelFile model, Settings settings) {
    return Elaborator.elaborate(model.text(), model.sources(), settings);
  }

  private static Program with(Program program, Program measure) {
    Function loss = measure.functions().getFirst();
    var functions = new ArrayList<>(program.functions());
    functions.add(
        new Function(
            MEASURE,
            loss.inputs(),
            loss.dims(),
            loss.nodes(),
            loss.outputs(),
            loss.penalties(),
            loss.types()));
    return new Program(program.name(), program.weights(), program.states(), functions);
  }

  private static Compilation compile(
      Elaborated elaborated,
      Adaptation adaptation,
      List<Adapter> adapters,
      CheckpointMap map,
      Optional<Config> config,
      Elem elem,
      CompileOptions options) {
    Program written = AddLora.apply(elaborated.program().orElseThrow(), adapters);
    int context = context(config, written, options);
    int chunk = Math.min(options.chunk(), context);
    dune.passes.Compiled result =
        Compiler.compile(
            written,
            options.optimization(),
            new StepOptions(context, chunk),
            options.use(),
            Observer.NONE);
    List<Reason> reasons =
        result.reasons().stream()
            .map(remark -> new Reason(remark.origin(), remark.text()))
            .toList();
    return new Compilation.Done(
        new Compiled(
            result.program(),
            map,
            reasons,
            elem,
            context,
            chunk,
            elaborated.parameters(),
            result.remarks(),
            adaptation),
        elaborated.diagnostics());
  }

  /// Only what the author wrote, with the sizes of the checkpoint: enough to see whether they fit.
  public static Elaborated elaborate(
      ModelFile model, Checkpoint checkpoint, CompileOptions options) {
    Settings settings =
        Settings.of(checkpoint.config(), elem(checkpoint, options)).with(options.values());
    return Elaborator.elaborate(model.text(), model.sources(), settings);
  }

  /// @throws InputFailure if the model has no checkpoint clause
  public static CheckpointMap clause(ModelFile model, Elaborated elaborated) {
    return elaborated
        .checkpoint()
        .orElseThrow(
            () ->
                new InputFailure(
                    "%s has no checkpoint clause, which says where files keep its weights"
                        .formatted(model.text().name())));
  }

  private static Elem elem(Checkpoint checkpoint, CompileOptions options) {
    return options.elem().orElseGet(checkpoint::floatType);
  }

  /// The most tokens of a sequence: what was asked for, within what the model has positions for.
  ///
  /// @param written what the author wrote; where it was derived already, its positions are not
  ///   known
  /// @param options in which the context may be left open
  public static int context(Optional<Config> config, Program written, CompileOptions options) {
    long most = longest(written).orElse(Integer.MAX_VALUE);
    if (options.context().isEmpty()) {
      long trained =
          config.map(ModelCompiler::positions).orElse(OptionalLong.empty()).orElse(DEFAULT_CONTEXT);
      return (int) Math.min(Math.min(trained, DEFAULT_CONTEXT), most);
    }
    int asked = options.context().getAsInt();
    if (asked < 1)
      throw new UsageFailure(
          "a context of %d tokens holds nothing; --ctx-size must be 1 or more".formatted(asked));
    if (asked > most) {
      throw new InputFailure(
          "a context of %d tokens is asked for, and the model has learned %d positions"
              .formatted(asked, most));
    }
    return asked;
  }

  /// The longest sequence that a model can have, where it has learned its positions; empty if there
  /// is no end.
  public static OptionalLong longest(Program written) {
    return LearnedPositions.of(written);
  }

  /// How long the sequences were that a model was trained on, as its config says.
  public static OptionalLong positions(Config config) {
    return config.get("max_position_embeddings").value() instanceof Json.Whole(long value, _)
            && value > 0
        ? OptionalLong.of(value)
        : OptionalLong.empty();
  }
}
