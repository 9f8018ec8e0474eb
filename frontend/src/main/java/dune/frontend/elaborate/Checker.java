package dune.frontend.elaborate;

import dune.frontend.ast.AxisSyntax;
import dune.frontend.ast.ConfigEntry;
import dune.frontend.ast.Definition;
import dune.frontend.ast.Definition.BlockDefinition;
import dune.frontend.ast.Definition.FunctionDefinition;
import dune.frontend.ast.Definition.MaskDefinition;
import dune.frontend.ast.Expression;
import dune.frontend.ast.Item;
import dune.frontend.ast.Let;
import dune.frontend.ast.Parameter;
import dune.frontend.ast.TypeSyntax;
import dune.frontend.diagnostic.Diagnostics;
import dune.frontend.diagnostic.ErrorCode;
import dune.frontend.source.SourceText;
import dune.frontend.source.Span;
import dune.ir.Elem;
import dune.ir.Type;
import dune.ir.dim.Dim;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// Checks every definition of a file by itself, with sizes as symbols and whatever else is not
/// known left open.
///
/// What is decided at compile time is tried both ways: once as the defaults say, then with each
/// flag turned over and each optional value there or not. Models are elaborated with their defaults
/// as well, which finds what only numbers show.
public final class Checker {
  private final Session session;
  private final Evaluator evaluator;
  private final Set<String> flipped;

  private Checker(
      Modules modules, Diagnostics diagnostics, Set<String> flipped, Settings.Purpose purpose) {
    // In bf16 every rounding that nobody wrote shows.
    session =
        new Session(
            diagnostics, Elem.BF16, purpose == Settings.Purpose.TRAINING, modules::isLibrary);
    evaluator = new Evaluator(session);
    this.flipped = flipped;
  }

  /// All problems of a file.
  public static Diagnostics check(SourceText text, Sources sources) {
    var diagnostics = new Diagnostics();
    var modules = new Modules(sources, diagnostics);
    Modules.Loaded file = modules.load(text);
    for (Definition definition : file.file().definitions()) {
      if (file.own().get(definition.name().text()) == definition) {
        check(modules, definition, file.scope(), diagnostics);
      }
      // Whatever else uses it would take as long again, and say the same.
      if (diagnostics.has(ErrorCode.ENDLESS)) return diagnostics.withoutConsequences();
    }
    boolean model =
        file.file().definitions().stream()
            .anyMatch(
                d ->
                    d instanceof BlockDefinition block
                        && block.kind() == BlockDefinition.Kind.MODEL);
    if (model && !diagnostics.hasErrors()) {
      diagnostics.reportAll(
          Elaborator.elaborate(text, sources, Settings.defaults(Elem.BF16)).diagnostics());
    }
    return diagnostics.withoutConsequences();
  }

  private static void check(
      Modules modules, Definition definition, Scope scope, Diagnostics diagnostics) {
    var choices = new TreeSet<String>();
    for (Parameter parameter : definition.parameters()) {
      if (parameter instanceof Parameter.ValueParameter(var name, var type, _, _)
          && isChoice(type)) {
        choices.add(name.text());
      }
    }
    new Checker(modules, diagnostics, Set.of(), Settings.Purpose.INFERENCE)
        .definition(definition, scope);
    if (diagnostics.has(ErrorCode.ENDLESS)) return;
    new Checker(modules, diagnostics, Set.of(), Settings.Purpose.TRAINING)
        .definition(definition, scope);
    for (String choice : choices) {
      if (diagnostics.has(ErrorCode.ENDLESS)) return;
      new Checker(modules, diagnostics, Set.of(choice), Settings.Purpose.INFERENCE)
          .definition(definition, scope);
    }
  }

  private static boolean isChoice(TypeSyntax type) {
    return switch (type) {
      case TypeSyntax.ScalarType(var kind, _) -> kind == TypeSyntax.ScalarType.Kind.BOOL;
      case TypeSyntax.OptionalType _, TypeSyntax.FunctionType _ -> true;
      default -> false;
    };
  }

  private void definition(Definition definition, Scope home) {
    try {
      switch (definition) {
        case FunctionDefinition function -> function(function, home);
        case BlockDefinition block -> block(block, home);
        case MaskDefinition mask -> mask(mask, home);
      }
    } catch (Abandoned e) {
      // Reported.
    }
  }

  private void function(FunctionDefinition function, Scope home) {
    Scope scope = home.inner(Frame.within(home.frame()));
    open(function.parameters(), scope);
    evaluator.results.result(function.result(), function.body(), scope, function.parameters());
  }

  private void mask(MaskDefinition mask, Scope home) {
    Scope scope = home.inner(Frame.within(home.frame()));
    open(mask.parameters(), scope);
    Span span = mask.condition().span();
    Dim time = scope.frame().bindRigid("T", Session.TIME, span);
    Dim keys = scope.frame().bindRigid("S", Session.KEYS, span);
    var written = List.of(Axis.of(time), Axis.of(keys));
    evaluator.masks.predicate(
        new Datum.Mask.Leaf(mask, scope),
        evaluator.masks.position(time, scope.frame(), span),
        evaluator.masks.position(keys, scope.frame(), span),
        written,
        scope.frame(),
        span);
  }

  private void block(BlockDefinition block, Scope home) {
    Scope scope = home.inner(Frame.within(home.frame()));
    open(block.parameters(), scope);
    var instance = new Instance(block, scope, "");
    attempt(() -> evaluator.instances.fill(instance));
    clauses(block, instance);
    Optional<Item.Forward> forward = instance.forward();
    if (forward.isPresent()) {
      Scope body = instance.scope().inner(Frame.within(instance.frame()));
      open(forward.get().parameters(), body);
      attempt(
          () ->
              evaluator.results.result(
                  forward.get().result(), forward.get().body(), body, forward.get().parameters()));
    }
    for (Item item : block.items()) {
      if (item instanceof Definition inner) definition(inner, instance.scope());
    }
  }

  private void attempt(Runnable check) {
    try {
      check.run();
    } catch (Abandoned e) {
      // Reported; what follows stands by itself.
    }
  }

  /// The checkpoint clauses, with a `config.json` of which nothing is known.
  private void clauses(BlockDefinition block, Instance instance) {
    for (Item item : block.items()) {
      if (!(item instanceof Item.Checkpoint clause)) continue;
      Scope reading = instance.scope().inner();
      reading.declare("config", new Datum.Unknown("json"), clause.span());
      for (ConfigEntry entry : clause.config()) attempt(() -> entry(block, entry, reading));
      // A rule may be for weights that only another choice of flags declares.
      if (flipped.isEmpty()) {
        new CheckpointReader(evaluator).read(clause, instance.scope(), List.of());
      }
    }
  }

  private void entry(BlockDefinition block, ConfigEntry entry, Scope reading) {
    switch (entry) {
      case Let let -> evaluator.let(let, reading);
      case ConfigEntry.ConfigAssignment(var name, var value, _) -> {
        for (Parameter parameter : block.parameters()) {
          if (!parameter.name().text().equals(name.text())) continue;
          Datum datum = evaluator.evaluate(value, reading);
          boolean optional =
              parameter instanceof Parameter.ValueParameter(_, TypeSyntax.OptionalType _, _, _);
          if (parameter instanceof Parameter.ValueParameter(_, var type, _, _)
              && !(optional && datum instanceof Datum.None)) {
            if (!(type instanceof TypeSyntax.TensorType))
              evaluator.types.check(type, fitting(datum), value.span());
          }
          return;
        }
        throw session.fail(ModelParameters.unknownParameter(block, name.text(), name.span()));
      }
      case ConfigEntry.ErrorConfigEntry _ -> {
        // Reported by the parser.
      }
    }
  }

  private static Datum fitting(Datum datum) {
    return datum instanceof Datum.BlockName(var definition, var scope)
        ? new Datum.Description(definition, scope, Map.of(), scope.frame())
        : datum;
  }

  // Open parameters.

  private void open(List<Parameter> parameters, Scope scope) {
    for (Parameter parameter : parameters) {
      if (Binder.isDimension(parameter)) open(parameter, scope);
    }
    for (Parameter parameter : parameters) {
      if (!Binder.isDimension(parameter)) attempt(() -> open(parameter, scope));
    }
  }

  private void open(Parameter parameter, Scope scope) {
    String name = parameter.name().text();
    Span span = parameter.name().span();
    scope.declare(name, Datum.POISON, span);
    Datum datum =
        switch (parameter) {
          case Parameter.AxisParameter _ -> dimension(name, scope, span);
          case Parameter.ValueParameter(_, var type, var byDefault, _) ->
              Binder.isDimension(parameter)
                  ? dimension(name, scope, span)
                  : value(type, byDefault, name, scope, span);
        };
    scope.declare(name, datum, span);
  }

  private Datum dimension(String name, Scope scope, Span span) {
    return Datum.Whole.of(
        scope.frame().bindRigid(name, Dim.named(ModelParameters.rootName(name)), span));
  }

  private Datum value(
      TypeSyntax type, Optional<Expression> byDefault, String name, Scope scope, Span span) {
    boolean flip = flipped.contains(name);
    if (byDefault.isPresent()) {
      Datum datum = evaluator.evaluate(byDefault.get(), scope);
      if (!(datum instanceof Datum.Start) && !(type instanceof TypeSyntax.TensorType)) {
        evaluator.types.check(type, fitting(datum), byDefault.get().span());
      }
      boolean keep =
          switch (type) {
            case TypeSyntax.ScalarType(var kind, _) ->
                kind == TypeSyntax.ScalarType.Kind.MASK || kind == TypeSyntax.ScalarType.Kind.BOOL;
            case TypeSyntax.OptionalType _ -> !flip;
            case TypeSyntax.FunctionType _ -> !flip;
            default -> false;
          };
      if (keep && datum instanceof Datum.Truth(boolean value))
        return new Datum.Truth(value != flip);
      if (keep && type instanceof TypeSyntax.FunctionType signature) {
        var fitted = new Datum.Fitted(signature, scope, fitting(datum), span);
        new Fit(evaluator).check(fitted, byDefault.get().span());
        return fitted;
      }
      if (keep) return datum;
      if (type instanceof TypeSyntax.OptionalType && !(datum instanceof Datum.None))
        return Datum.NONE;
    }
    return unknown(type, name, scope, span, flip);
  }

  private Datum unknown(TypeSyntax type, String name, Scope scope, Span span, boolean flip) {
    return switch (type) {
      case TypeSyntax.TensorType tensor -> input(tensor, name, scope, span);
      case TypeSyntax.ScalarType(var kind, _) ->
          switch (kind) {
            case DIM, INT -> dimension(name, scope, span);
            case BOOL -> new Datum.Truth(flip);
            case FLOAT, TEXT, JSON, MASK, BLOCK ->
                new Datum.Unknown(kind.name().toLowerCase(java.util.Locale.ROOT));
          };
      case TypeSyntax.OptionalType(var inner, _) -> unknown(inner, name, scope, span, false);
      case TypeSyntax.ListType(var element, _) ->
          new Datum.Items(
              List.of(
                  element instanceof TypeSyntax.ScalarType(var kind, _)
                      ? new Datum.Unknown(kind.name().toLowerCase(java.util.Locale.ROOT))
                      : new Datum.Unknown("value")),
              false);
      case TypeSyntax.FunctionType signature ->
          new Datum.Fitted(signature, scope, new Datum.Unknown("function"), span);
      case TypeSyntax.TupleType _, TypeSyntax.NamedType _, TypeSyntax.ErrorType _ ->
          new Datum.Unknown("value");
    };
  }

  /// A tensor of the declared type: free names become rigid axes, `...` becomes two.
  private Tensor input(TypeSyntax.TensorType type, String name, Scope scope, Span span) {
    Frame frame = scope.frame();
    var axes = new ArrayList<Axis>();
    for (AxisSyntax syntax : type.shape().axes()) {
      switch (syntax) {
        case AxisSyntax.PackAxis _ -> {
          if (frame.pack().isEmpty()) {
            var dims = List.of(Dim.named(session.unique("P")), Dim.named(session.unique("Q")));
            frame.bindPack(dims, dims, span);
          }
          frame.pack().forEach(dim -> axes.add(Axis.of(dim)));
        }
        case AxisSyntax.DimensionAxis(Expression.Name(var free, var at), _)
            when scope.find(free).isEmpty() -> {
          Dim dim = frame.bindRigid(free, Dim.named(free.equals("S") ? "S'" : free), at);
          scope.declare(free, Datum.Whole.of(dim), at);
          axes.add(Axis.of(dim));
        }
        case AxisSyntax.DimensionAxis(var dimension, _) ->
            axes.add(evaluator.types.axis(dimension, scope));
      }
    }
    Elem elem = type.element().map(evaluator.types::elem).orElse(session.model());
    var value = session.outermost().input(name, new Type(elem, session.shape(frame, axes, span)));
    var tensor = new Tensor(axes, elem, value, span);
    evaluator.alignment.requireDistinct(tensor, type.span());
    return tensor;
  }
}
