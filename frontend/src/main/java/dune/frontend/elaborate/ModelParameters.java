package dune.frontend.elaborate;

import static dune.frontend.diagnostic.ErrorCode.MISSING_KEY;
import static dune.frontend.diagnostic.ErrorCode.UNKNOWN_PARAMETER;

import dune.frontend.ast.ConfigEntry;
import dune.frontend.ast.Definition.BlockDefinition;
import dune.frontend.ast.Expression;
import dune.frontend.ast.Identifier;
import dune.frontend.ast.Item;
import dune.frontend.ast.Let;
import dune.frontend.ast.Parameter;
import dune.frontend.ast.TypeSyntax;
import dune.frontend.diagnostic.Diagnostic;
import dune.frontend.parse.Parsing;
import dune.frontend.resolve.Suggest;
import dune.frontend.source.SourceText;
import dune.frontend.source.Span;
import dune.ir.dim.Dim;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Binds the parameters of a model, whose caller is the user: from a config, by hand, by default.
final class ModelParameters {
  private final Evaluator evaluator;
  private final Session session;
  private final Settings settings;
  private final ParameterValues values = new ParameterValues();

  ModelParameters(Evaluator evaluator, Settings settings) {
    this.evaluator = evaluator;
    this.session = evaluator.session;
    this.settings = settings;
  }

  /// What was bound so far.
  ParameterValues values() {
    return values;
  }

  /// Declares every parameter in `scope`: as the config says, else by hand, else by default.
  void bind(BlockDefinition model, Optional<Item.Checkpoint> clause, Scope scope) {
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

  /// Declares only those parameters that the `config` lines of a clause set.
  void bindConfigured(BlockDefinition model, Item.Checkpoint clause, Scope scope) {
    config(model, clause, new LinkedHashMap<>(), scope, reading(model, scope));
    for (Parameter parameter : model.parameters()) note(parameter, scope);
  }

  /// Keeps the value of a parameter that has one.
  private void note(Parameter parameter, Scope scope) {
    String name = parameter.name().text();
    scope.findOwn(name).ifPresent(binding -> values.add(name, binding.value(), scope, session));
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
    var text = SourceText.of("--set " + value.getKey(), value.getValue());
    Expression expression = Parsing.expression(text, session.diagnostics());
    if (session.diagnostics().hasErrors()) throw new Abandoned();
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
}
