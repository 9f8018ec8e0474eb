package dune.frontend.elaborate;

import static dune.frontend.diagnostic.ErrorCode.MODEL_SIGNATURE;
import static dune.frontend.diagnostic.ErrorCode.NO_MODEL;

import dune.frontend.ast.Definition;
import dune.frontend.ast.Definition.BlockDefinition;
import dune.frontend.ast.ElementName;
import dune.frontend.ast.Item;
import dune.frontend.ast.Parameter;
import dune.frontend.ast.SourceFile;
import dune.frontend.ast.TypeSyntax;
import dune.frontend.diagnostic.Diagnostic;
import dune.frontend.diagnostic.Diagnostics;
import dune.frontend.source.SourceText;
import dune.ir.Elem;
import dune.ir.Function;
import dune.ir.Program;
import dune.ir.Shape;
import dune.ir.Type;
import dune.ir.Weight;
import dune.ir.checkpoint.CheckpointMap;
import dune.ir.dim.Dim;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/// Elaborates one model of a file: binds its parameters, instantiates it, and lowers its `forward`.
public final class Elaborator {
  private final Session session;
  private final Evaluator evaluator;
  private final Settings settings;
  private final Modules modules;
  private final Modules.Loaded file;
  private final ModelParameters parameters;

  private Elaborator(
      Modules modules, Modules.Loaded file, Settings settings, Diagnostics diagnostics) {
    this.modules = modules;
    this.file = file;
    this.settings = settings;
    session =
        new Session(
            diagnostics,
            settings.elem(),
            settings.purpose() == Settings.Purpose.TRAINING,
            modules::isLibrary);
    evaluator = new Evaluator(session);
    parameters = new ModelParameters(evaluator, settings);
  }

  /// Elaborates the model of a file.
  public static Elaborated elaborate(SourceText text, Sources sources, Settings settings) {
    var diagnostics = new Diagnostics();
    var modules = new Modules(sources, diagnostics);
    Modules.Loaded file = modules.load(text);
    var models = models(file.file());
    if (models.isEmpty() && !diagnostics.hasErrors()) {
      diagnostics.report(
          Diagnostic.of(
                  NO_MODEL, file.file().span().before(), "`" + text.name() + "` defines no model")
              .help("a model begins with `model Name(...) { ... }`"));
    }
    if (models.isEmpty() || diagnostics.hasErrors()) {
      return new Elaborated(Optional.empty(), Optional.empty(), Map.of(), diagnostics);
    }
    return new Elaborator(modules, file, settings, diagnostics).run(model(models, settings));
  }

  /// Only the values of the parameters: what the `config` lines of a clause make of a config, and
  /// the defaults.
  ///
  /// @return empty if there are mistakes, which are reported
  static Optional<ParameterValues> parameters(
      Modules modules,
      Modules.Loaded file,
      BlockDefinition model,
      Item.Checkpoint clause,
      Settings settings,
      Diagnostics diagnostics) {
    var elaborator = new Elaborator(modules, file, settings, diagnostics);
    return elaborator.values(
        scope -> elaborator.parameters.bind(model, Optional.of(clause), scope), diagnostics);
  }

  /// The values of those parameters that the `config` lines of a clause set, whatever becomes of
  /// the others.
  ///
  /// @return empty if there are mistakes, which are reported
  static Optional<ParameterValues> configured(
      Modules modules,
      Modules.Loaded file,
      BlockDefinition model,
      Item.Checkpoint clause,
      Settings settings,
      Diagnostics diagnostics) {
    var elaborator = new Elaborator(modules, file, settings, diagnostics);
    return elaborator.values(
        scope -> elaborator.parameters.bindConfigured(model, clause, scope), diagnostics);
  }

  private Optional<ParameterValues> values(Consumer<Scope> bind, Diagnostics diagnostics) {
    try {
      bind.accept(file.scope().inner(Frame.within(file.scope().frame())));
    } catch (Abandoned e) {
      // Reported.
    }
    return diagnostics.hasErrors() ? Optional.empty() : Optional.of(parameters.values());
  }

  static List<BlockDefinition> models(SourceFile file) {
    var models = new ArrayList<BlockDefinition>();
    for (Definition definition : file.definitions()) {
      if (definition instanceof BlockDefinition block && block.kind() == BlockDefinition.Kind.MODEL)
        models.add(block);
    }
    return models;
  }

  /// The model whose checkpoint clause names the architecture, or the first.
  static BlockDefinition model(List<BlockDefinition> models, Settings settings) {
    for (BlockDefinition model : models) {
      if (settings.config().isPresent() && clause(model, settings).isPresent()) return model;
    }
    return models.getFirst();
  }

  /// The checkpoint clause that fits the architecture of the config, or the first one.
  static Optional<Item.Checkpoint> clause(BlockDefinition model, Settings settings) {
    var clauses =
        model.items().stream()
            .flatMap(
                item ->
                    item instanceof Item.Checkpoint clause
                        ? java.util.stream.Stream.of(clause)
                        : java.util.stream.Stream.of())
            .toList();
    Optional<String> architecture =
        settings
            .config()
            .map(config -> Names.datum(config.get("architectures").get(0)))
            .flatMap(
                datum ->
                    datum instanceof Datum.Text(String text)
                        ? Optional.of(text)
                        : Optional.empty());
    for (Item.Checkpoint clause : clauses) {
      boolean fits =
          clause.architectures().stream()
              .anyMatch(name -> name.plain().equals(architecture) && architecture.isPresent());
      if (fits) return Optional.of(clause);
    }
    return clauses.stream().findFirst();
  }

  private Elaborated run(BlockDefinition model) {
    Optional<Program> program = Optional.empty();
    Optional<CheckpointMap> checkpoint = Optional.empty();
    try {
      Optional<Item.Checkpoint> clause = clause(model, settings);
      Frame frame = Frame.within(file.scope().frame());
      Scope scope = file.scope().inner(frame);
      parameters.bind(model, clause, scope);
      var instance = new Instance(model, scope, "");
      evaluator.instances.fill(instance);
      checkpoint = clause.map(found -> read(found, instance));
      Function forward = forward(instance);
      if (!session.diagnostics().hasErrors()) {
        program =
            Optional.of(
                new Program(model.name().text(), weights(instance), List.of(), List.of(forward)));
      }
    } catch (Abandoned e) {
      // Reported.
    }
    return new Elaborated(program, checkpoint, parameters.values().shown(), session.diagnostics());
  }

  private Function forward(Instance instance) {
    Item.Forward forward =
        evaluator.calls.requireForward(instance, instance.definition().name().span());
    var parameter = forward.parameters().size() == 1 ? forward.parameters().getFirst() : null;
    boolean fits =
        parameter
                instanceof
                Parameter.ValueParameter(_, TypeSyntax.TensorType(var elem, var shape, _), _, _)
            && elem.equals(Optional.of(ElementName.INT))
            && shape.axes().size() == 2;
    if (!fits) {
      throw session.fail(
          Diagnostic.of(
                  MODEL_SIGNATURE,
                  forward.parameters().isEmpty()
                      ? forward.span().before()
                      : forward.parameters().getFirst().span(),
                  "the `forward` of a model takes tokens and gives logits")
              .help("write `forward(tokens: int[B, T]) -> [B, T, V]`"));
    }
    var type = new Type(Elem.INT, Shape.of(Session.ROWS, Session.TIME));
    var input = session.outermost().input("tokens", type);
    // The caller of a model is the program: its frame knows the rows and the steps.
    Frame program = Frame.root();
    Dim rows = program.bindRigid("B", Session.ROWS, parameter.span());
    Dim steps = program.bindRigid("T", Session.TIME, parameter.span());
    var tokens =
        new Tensor(List.of(Axis.of(rows), Axis.of(steps)), Elem.INT, input, parameter.span());
    var given = Map.of(parameter.name().text(), new Datum.Given(tokens, parameter.span()));
    Datum result = evaluator.calls.forward(instance, forward, given, program, forward.span());
    boolean logits =
        result instanceof Tensor tensor
            && tensor.rank() == 3
            && tensor.dims().get(0).equals(rows)
            && tensor.dims().get(1).equals(steps)
            && tensor.elem().isFloat();
    if (!logits) {
      throw session.fail(
          Diagnostic.of(
              MODEL_SIGNATURE,
              forward.result().span(),
              "a model gives logits `[B, T, V]`, not " + Describe.kind(result)));
    }
    return session
        .outermost()
        .build(
            "forward",
            List.of(),
            List.of(new Function.Output("logits", ((Tensor) result).value())),
            session.penalties());
  }

  private List<Weight> weights(Instance model) {
    var weights = new ArrayList<Weight>();
    Instances.visit(
        model,
        (owner, weight) ->
            weights.add(
                new Weight(
                    weight.path,
                    new Type(
                        weight.elem, session.shape(owner.frame(), weight.axes, weight.declared)),
                    weight.initializer,
                    weight.tiedTo.map(_ -> weight.source().path),
                    session.origin(weight.declared))));
    return weights;
  }

  private CheckpointMap read(Item.Checkpoint clause, Instance model) {
    var paths = Instances.weights(model).stream().map(weight -> weight.path).toList();
    return new CheckpointReader(evaluator, modules.memberNames())
        .read(clause, model.scope(), paths);
  }
}
