package dune.runtime.template;

import dune.runtime.template.Value.Bool;
import dune.runtime.template.Value.Dict;
import dune.runtime.template.Value.Function;
import dune.runtime.template.Value.Int;
import dune.runtime.template.Value.Items;
import dune.runtime.template.Value.Iterator;
import dune.runtime.template.Value.Loop;
import dune.runtime.template.Value.Namespace;
import dune.runtime.template.Value.None;
import dune.runtime.template.Value.Real;
import dune.runtime.template.Value.Text;
import dune.runtime.template.Value.Undefined;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// The tests of `is`: `x is defined`, `n is divisibleby 3`.
final class Checks {
  interface Check {
    boolean holds(Value subject, Arguments arguments);
  }

  private static final Map<String, Check> CHECKS =
      Map.ofEntries(
          check("defined", value -> !(value instanceof Undefined)),
          check("undefined", value -> value instanceof Undefined),
          check("none", value -> value instanceof None),
          check("boolean", value -> value instanceof Bool),
          check("true", value -> value.equals(Value.of(true))),
          check("false", value -> value.equals(Value.of(false))),
          check("integer", value -> value instanceof Int),
          check("float", value -> value instanceof Real),
          check("number", Numbers::isNumber),
          check("string", value -> value instanceof Text),
          check("mapping", value -> value instanceof Dict),
          check("callable", value -> isCallable(value)),
          check("sequence", Checks::isSequence),
          check("iterable", Checks::isIterable),
          check("escaped", _ -> false),
          check("lower", value -> isCase(value, Convert.text(value).toLowerCase(Locale.ROOT))),
          check("upper", value -> isCase(value, Convert.text(value).toUpperCase(Locale.ROOT))),
          check("odd", value -> isTrue("%", value, 2, 1)),
          check("even", value -> isTrue("%", value, 2, 0)),
          Map.entry(
              "divisibleby",
              (value, arguments) ->
                  Comparisons.equal(
                      Numbers.binary("%", value, arguments.get(0, "number")), Value.of(0))),
          Map.entry("filter", (value, _) -> Filters.find(Convert.text(value)).isPresent()),
          Map.entry("test", (value, _) -> find(Convert.text(value)).isPresent()),
          Map.entry("sameas", (value, arguments) -> value.equals(arguments.get(0, "other"))),
          comparison("in", "in"),
          comparison("eq", "=="),
          comparison("equalto", "=="),
          comparison("==", "=="),
          comparison("ne", "!="),
          comparison("!=", "!="),
          comparison("lt", "<"),
          comparison("lessthan", "<"),
          comparison("<", "<"),
          comparison("le", "<="),
          comparison("<=", "<="),
          comparison("gt", ">"),
          comparison("greaterthan", ">"),
          comparison(">", ">"),
          comparison("ge", ">="),
          comparison(">=", ">="));

  private Checks() {}

  private interface Plain {
    boolean holds(Value subject);
  }

  private static Map.Entry<String, Check> check(String name, Plain plain) {
    return Map.entry(
        name,
        (value, arguments) -> {
          arguments.atMost(0);
          return plain.holds(value);
        });
  }

  private static Map.Entry<String, Check> comparison(String name, String operator) {
    return Map.entry(
        name, (value, arguments) -> Comparisons.holds(operator, value, arguments.get(0, "other")));
  }

  static Optional<Check> find(String name) {
    return Optional.ofNullable(CHECKS.get(name));
  }

  static boolean holds(String name, Value subject, Arguments arguments) {
    return find(name)
        .orElseThrow(() -> new TemplateFailure("there is no test `" + name + "`"))
        .holds(subject, arguments);
  }

  private static boolean isTrue(String operator, Value value, long right, long result) {
    return Comparisons.equal(Numbers.binary(operator, value, Value.of(right)), Value.of(result));
  }

  private static boolean isCase(Value value, String changed) {
    String text = Convert.text(value);
    return text.equals(changed) && text.codePoints().anyMatch(Character::isLetter);
  }

  /// Undefined values are, as far as Python sees; calling them fails.
  private static boolean isCallable(Value value) {
    return switch (value) {
      case Function _, Loop _, Undefined _ -> true;
      case None _, Bool _, Int _, Real _, Text _, Items _, Dict _, Iterator _, Namespace _ -> false;
    };
  }

  private static boolean isSequence(Value value) {
    return switch (value) {
      case Text _, Items _, Dict _, Undefined _ -> true;
      case None _, Bool _, Int _, Real _, Function _, Iterator _, Namespace _, Loop _ -> false;
    };
  }

  private static boolean isIterable(Value value) {
    return switch (value) {
      case Text _, Items _, Dict _, Undefined _, Iterator _, Loop _ -> true;
      case None _, Bool _, Int _, Real _, Function _, Namespace _ -> false;
    };
  }
}
