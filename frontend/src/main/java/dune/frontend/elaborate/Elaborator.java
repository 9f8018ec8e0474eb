package dune.frontend.elaborate;

import static dune.frontend.diagnostic.ErrorCode.MISSING_KEY;
import static dune.frontend.diagnostic.ErrorCode.MODEL_SIGNATURE;
import static dune.frontend.diagnostic.ErrorCode.NO_MODEL;
import static dune.frontend.diagnostic.ErrorCode.UNEXPECTED_TOKEN;
import static dune.frontend.diagnostic.ErrorCode.UNKNOWN_PARAMETER;

import dune.frontend.ast.ConfigEntry;
import dune.frontend.ast.Definition;
import dune.frontend.ast.Definition.BlockDefinition;
import dune.frontend.ast.ElementName;
import dune.frontend.ast.Expression;
import dune.frontend.ast.Identifier;
import dune.frontend.ast.Item;
import dune.frontend.ast.Let;
import dune.frontend.ast.Parameter;
import dune.frontend.ast.SourceFile;
import dune.frontend.ast.Statement;
import dune.frontend.ast.TypeSyntax;
import dune.frontend.diagnostic.Diagnostic;
import dune.frontend.diagnostic.Diagnostics;
import dune.frontend.parse.Parsing;
import dune.frontend.resolve.Suggest;
import dune.frontend.source.SourceText;
import dune.frontend.source.Span;
import dune.ir.Elem;
import dune.ir.Function;
import dune.ir.Program;
import dune.ir.Shape;
import dune.ir.Type;
import dune.ir.Weight;
import dune.ir.checkpoint.CheckpointMap;
import dune.ir.dim.Dim;
import java.util.ArrayList;
import java.util.LinkedHashMap;
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
  private final ParameterValues parameters = new ParameterValues();

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
        scope -> elaborator.bind(model, Optional.of(clause), scope), diagnostics);
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
        scope -> {
          elaborator.config(
              model, clause, new LinkedHashMap<>(), scope, elaborator.reading(model, scope));
          for (Parameter parameter : model.parameters()) elaborator.note(parameter, scope);
        },
        diagnostics);
  }

  private Optional<ParameterValues> values(Consumer<Scope> bind, Diagnostics diagnostics) {
    try {
      bind.accept(file.scope().inner(Frame.within(file.scope().frame())));
    } catch (Abandoned e) {
      // Reported.
    }
    return diagnostics.hasErrors() ? Optional.empty() : Optional.of(parameters);
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
      bind(model, clause, scope);
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
    return new Elaborated(program, checkpoint, parameters.shown(), session.diagnostics());
  }

  // Parameters.

  private void bind(BlockDefinition model, Optional<Item.Checkpoint> clause, Scope scope) {
    Map<String, Datum.Given> given = new LinkedHashMap<>();
    Scope reading = reading(model, scope);
    if (settings.config().isPresent() && clause.isPresent()) {
      config(model, clause.get(), given, scope, reading);
    }
    for (Map.Entry<String, String> value : settings.values().entrySet())
      byHand(model, value, given, scope);
    boolean abandoned = false;
    for (Parameter parameter : model.parameters()) {
      try {
        if (scope.findOwn(parameter.name().text()).isEmpty()
            || settings.values().containsKey(parameter.name().text())) {
          declare(parameter, given, scope, model.name().span());
        }
        note(parameter, scope);
      } catch (Abandoned e) {
        poison(parameter.name(), scope);
        abandoned = true;
      }
    }
    if (abandoned) throw new Abandoned();
  }

  /// Keeps the value of a parameter that has one.
  private void note(Parameter parameter, Scope scope) {
    String name = parameter.name().text();
    scope.findOwn(name).ifPresent(binding -> parameters.add(name, binding.value(), scope, session));
  }

  /// What the lines of a `config` clause see.
  private Scope reading(BlockDefinition model, Scope scope) {
    Scope reading = scope.inner();
    settings
        .config()
        .ifPresent(
            config -> reading.declare("config", new Datum.Settings(config), model.name().span()));
    return reading;
  }

  /// Evaluates the `config` clause from top to bottom; each line sees the parameters before it.
  private void config(
      BlockDefinition model,
      Item.Checkpoint clause,
      Map<String, Datum.Given> given,
      Scope scope,
      Scope reading) {
    boolean abandoned = false;
    for (ConfigEntry entry : clause.config()) {
      try {
        switch (entry) {
          case Let let -> evaluator.let(let, reading);
          case ConfigEntry.ConfigAssignment(var name, var value, var span) -> {
            Parameter parameter = parameter(model, name);
            if (settings.values().containsKey(name.text())) break;
            Datum datum = evaluator.evaluate(value, reading);
            requirePresent(parameter, value, datum);
            given.put(name.text(), new Datum.Given(datum, span));
            declareRoot(parameter, new Datum.Given(datum, value.span()), scope, scope.frame());
          }
          case ConfigEntry.ErrorConfigEntry _ -> abandoned = true;
        }
      } catch (Abandoned e) {
        if (entry instanceof ConfigEntry.ConfigAssignment(var name, _, _)) poison(name, scope);
        if (entry instanceof Let let) let.names().forEach(name -> poison(name, reading));
        abandoned = true;
      }
    }
    if (abandoned) throw new Abandoned();
  }

  /// What is computed from it is not reported again.
  private static void poison(Identifier name, Scope scope) {
    scope.declare(name.text(), Datum.POISON, name.span());
  }

  private Parameter parameter(BlockDefinition model, Identifier name) {
    for (Parameter parameter : model.parameters()) {
      if (parameter.name().text().equals(name.text())) return parameter;
    }
    throw session.fail(unknownParameter(model, name.text(), name.span()));
  }

  static Diagnostic unknownParameter(BlockDefinition model, String name, Span span) {
    var diagnostic =
        Diagnostic.of(
                UNKNOWN_PARAMETER, span, "`" + model.name() + "` has no parameter `" + name + "`")
            .also(model.name().span(), "the model");
    var near =
        Suggest.nearest(name, model.parameters().stream().map(p -> p.name().text()).toList());
    return near.isPresent() ? diagnostic.help("did you mean `" + near.get() + "`?") : diagnostic;
  }

  /// An absent key is an error, unless the parameter may be `none`.
  private void requirePresent(Parameter parameter, Expression value, Datum datum) {
    boolean optional =
        parameter instanceof Parameter.ValueParameter(_, TypeSyntax.OptionalType _, _, _);
    if (!(datum instanceof Datum.None) || optional) return;
    var config = settings.config().orElseThrow();
    String file = config.file();
    var diagnostic =
        Diagnostic.of(
                MISSING_KEY,
                value.span(),
                "`" + file + "` has no value for `" + parameter.name() + "`")
            .label("this is absent or null")
            .also(parameter.span(), "the parameter");
    if (value instanceof Expression.ConfigKey(var key, _)) {
      var near =
          Suggest.nearest(
              key.text(), config.unread().stream().map(unread -> unread.path()).toList());
      if (near.isPresent()) {
        throw session.fail(diagnostic.help("did you mean `." + near.get() + "`?"));
      }
    }
    throw session.fail(
        diagnostic.help("say what absence means: `" + value.span().text() + " ?? value`"));
  }

  private void byHand(
      BlockDefinition model,
      Map.Entry<String, String> value,
      Map<String, Datum.Given> given,
      Scope scope) {
    boolean known =
        model.parameters().stream().anyMatch(p -> p.name().text().equals(value.getKey()));
    if (!known) throw session.fail(unknownParameter(model, value.getKey(), model.name().span()));
    String header = "fn value() -> json { ";
    var text = SourceText.of("--set " + value.getKey(), header + value.getValue() + " }");
    SourceFile parsed = Parsing.parse(text, session.diagnostics());
    if (session.diagnostics().hasErrors()
        || parsed.definitions().isEmpty()
        || !(parsed.definitions().getFirst() instanceof Definition.FunctionDefinition function)
        || function.body().statements().size() != 1
        || !(function.body().statements().getFirst()
            instanceof Statement.ExpressionStatement(var expression, _))) {
      if (!session.diagnostics().hasErrors()) {
        session.report(
            Diagnostic.of(
                UNEXPECTED_TOKEN, text.span(), "`" + value.getValue() + "` is not one value"));
      }
      throw new Abandoned();
    }
    given.put(
        value.getKey(), new Datum.Given(evaluator.evaluate(expression, scope), expression.span()));
  }

  private void declare(
      Parameter parameter, Map<String, Datum.Given> given, Scope scope, Span model) {
    Datum.Given value = given.get(parameter.name().text());
    if (value == null
        && parameter instanceof Parameter.ValueParameter(_, _, var byDefault, _)
        && byDefault.isPresent()) {
      value = new Datum.Given(evaluator.evaluate(byDefault.get(), scope), byDefault.get().span());
    }
    if (value == null) evaluator.calls.requireGiven(parameter, given, model);
    declareRoot(parameter, value, scope, scope.frame());
  }

  /// A dimension of the model is a name of the root, with a size.
  private void declareRoot(Parameter parameter, Datum.Given given, Scope scope, Frame frame) {
    if (!Binder.isDimension(parameter) || !(given.value() instanceof Datum.Whole(var dim, _))) {
      var model = new Binder.Callee("model", given.span(), List.of());
      evaluator.binder.value(parameter, given, model, scope, frame);
      return;
    }
    String name = parameter.name().text();
    Dim size = session.size(frame, dim, given.span());
    String root = rootName(name);
    session.size(root, size, given.span());
    Dim atom = frame.bindRigid(name, Dim.named(root), given.span());
    scope.declare(name, Datum.Whole.of(atom), parameter.name().span());
  }

  /// `B`, `T` and `S` are the rows and steps of every program; a parameter of that name is marked.
  static String rootName(String name) {
    return name.equals("B") || name.equals("T") || name.equals("S") ? name + "'" : name;
  }

  // The function.

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
