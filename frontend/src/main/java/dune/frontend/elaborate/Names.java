package dune.frontend.elaborate;

import static dune.frontend.diagnostic.ErrorCode.ABSENT_MEMBER;
import static dune.frontend.diagnostic.ErrorCode.MISSING_KEY;
import static dune.frontend.diagnostic.ErrorCode.UNKNOWN_MEMBER;
import static dune.frontend.diagnostic.ErrorCode.UNKNOWN_NAME;

import dune.frontend.ast.Expression;
import dune.frontend.diagnostic.Diagnostic;
import dune.frontend.resolve.Predefined;
import dune.frontend.resolve.Suggest;
import dune.frontend.source.Span;
import dune.ir.Initializer;
import dune.ir.Type;
import dune.ir.checkpoint.Config;
import dune.ir.checkpoint.Json;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Optional;
import java.util.stream.Stream;

/// Finds what a name, a field or a key of `config.json` means.
final class Names {
  private final Evaluator evaluator;

  Names(Evaluator evaluator) {
    this.evaluator = evaluator;
  }

  Datum find(Expression.Name name, Scope scope) {
    Optional<Binding> binding = scope.find(name.text());
    if (binding.isPresent()) return use(binding.get().value(), name.span(), scope);
    return predefined(name.text(), scope)
        .orElseThrow(() -> unknown(name.text(), name.span(), scope));
  }

  /// What a bound value is where it is used: a weight becomes a tensor.
  private Datum use(Datum value, Span span, Scope scope) {
    if (value instanceof Datum.Absent absent) throw absent(absent, span);
    if (!(value instanceof Datum.Owned(var weight))) return value;
    Session session = evaluator.session;
    var shape = session.shape(scope.frame(), weight.axes, weight.declared);
    var read = session.weight(weight.source(), new Type(weight.elem, shape));
    return new Tensor(weight.axes, weight.elem, read, weight.declared);
  }

  private Optional<Datum> predefined(String name, Scope scope) {
    if (Predefined.FUNCTIONS.contains(name) || Arithmetic.isFunction(name))
      return Optional.of(new Datum.Builtin(name));
    return switch (name) {
      case "inf" -> Optional.of(new Datum.Real(Double.POSITIVE_INFINITY));
      case "pi" -> Optional.of(new Datum.Real(Math.PI));
      case "training" -> Optional.of(new Datum.Truth(evaluator.session.training()));
      case "zeros" -> Optional.of(new Datum.Start(new Initializer.Constant(0)));
      case "ones" -> Optional.of(new Datum.Start(new Initializer.Constant(1)));
      default -> Optional.empty();
    };
  }

  Abandoned unknown(String name, Span span, Scope scope) {
    var diagnostic = Diagnostic.of(UNKNOWN_NAME, span, "nothing is called `" + name + "` here");
    var candidates = Stream.concat(scope.visible().stream(), Predefined.names().stream()).toList();
    Optional<String> near = Suggest.nearest(name, candidates);
    if (near.isPresent()) {
      diagnostic = diagnostic.help("did you mean `" + near.get() + "`?");
      Optional<Binding> binding = scope.find(near.get());
      if (binding.isPresent() && binding.get().declared().source() == span.source()) {
        diagnostic =
            diagnostic.also(binding.get().declared(), "`" + near.get() + "` is declared here");
      }
    }
    return evaluator.session.fail(diagnostic);
  }

  Datum field(Expression.Field field, Scope scope) {
    Datum target = evaluator.evaluate(field.target(), scope);
    String name = field.name().text();
    return switch (target) {
      case Datum.Settings _, Datum.Unknown _, Datum.None _ ->
          key(target, name, field.name().span());
      case Datum.Member(var instance) -> member(instance, name, field.name().span(), scope.frame());
      default ->
          throw evaluator.session.fail(
              Diagnostic.of(
                  UNKNOWN_MEMBER, field.name().span(), Describe.kind(target) + " has no fields"));
    };
  }

  /// A weight is read in the caller's names, as the result of a call would be.
  private Datum member(Instance instance, String name, Span span, Frame caller) {
    Datum member = instance.members().get(name);
    if (member != null) return member;
    Instance.OwnWeight weight = instance.weights().get(name);
    if (weight != null) {
      Datum read = use(new Datum.Owned(weight), span, instance.scope());
      return Exports.export(read, instance.frame(), caller, span);
    }
    throw noMember(instance, name, span);
  }

  private Abandoned absent(Datum.Absent absent, Span span) {
    Span condition = absent.condition();
    String name = absent.declared().text();
    return evaluator.session.fail(
        Diagnostic.of(ABSENT_MEMBER, span, "`" + name + "` may not be there")
            .label("used without its condition")
            .also(absent.declared(), "declared under a condition")
            .also(condition, "which does not hold here"));
  }

  Abandoned noMember(Instance instance, String name, Span span) {
    Optional<Binding> own = instance.scope().findOwn(name);
    if (own.isPresent() && own.get().value() instanceof Datum.Absent absent) {
      return absent(absent, span);
    }
    Collection<String> candidates = new ArrayList<>(instance.members().keySet());
    candidates.addAll(instance.weights().keySet());
    var diagnostic =
        Diagnostic.of(
                UNKNOWN_MEMBER,
                span,
                "`" + instance.definition().name() + "` has no member `" + name + "`")
            .also(instance.definition().name().span(), "this block");
    Optional<String> near = Suggest.nearest(name, candidates);
    if (near.isPresent()) diagnostic = diagnostic.help("did you mean `" + near.get() + "`?");
    return evaluator.session.fail(diagnostic);
  }

  /// A key of `config.json`: `none` where it is absent.
  Datum key(Datum settings, String key, Span span) {
    return switch (settings) {
      case Datum.Settings(var config) -> datum(config.get(key));
      case Datum.None _ -> Datum.NONE;
      case Datum.Unknown _ -> new Datum.Unknown("value of config.json");
      default ->
          throw evaluator.session.fail(MISSING_KEY, span, Describe.kind(settings) + " has no keys");
    };
  }

  /// The elements of a list in `config.json`.
  Datum.Items items(Config config) {
    var values = new ArrayList<Datum>();
    if (config.value() instanceof Json.Items(var items, _)) {
      for (int i = 0; i < items.size(); i++) values.add(datum(config.get(i)));
    }
    return new Datum.Items(values, true);
  }

  static Datum datum(Config config) {
    return switch (config.value()) {
      case Json.Null _ -> Datum.NONE;
      case Json.Bool(boolean value, _) -> new Datum.Truth(value);
      case Json.Text(String value, _) -> new Datum.Text(value);
      case Json.Whole(long value, _) -> Datum.Whole.of(value);
      case Json.Real(double value, _) -> new Datum.Real(value);
      case Json.Items _, Json.Fields _ -> new Datum.Settings(config);
    };
  }
}
