package dune.frontend.elaborate;

import dune.ir.checkpoint.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// The parameters of a model with their values, in the order of the header.
///
/// @param shown each as text
/// @param plain those that a `config.json` can hold as they are
record ParameterValues(Map<String, String> shown, Map<String, Json> plain) {
  ParameterValues() {
    this(new LinkedHashMap<>(), new LinkedHashMap<>());
  }

  void add(String name, Datum value, Scope scope, Session session) {
    shown.put(name, show(value, scope, session));
    plain(value, scope, session).ifPresent(json -> plain.put(name, json));
  }

  private static String show(Datum datum, Scope scope, Session session) {
    return switch (datum) {
      case Datum.Whole(var dim, _) -> session.actual(scope.frame(), dim).toString();
      case Datum.Real(double value) -> String.valueOf(value);
      case Datum.Truth(boolean value) -> String.valueOf(value);
      case Datum.Text(String value) -> '"' + value + '"';
      case Datum.None _ -> "none";
      case Datum.Items(var values, _) ->
          "[" + String.join(", ", values.stream().map(v -> show(v, scope, session)).toList()) + "]";
      case Datum.Fitted(_, _, var target, _) -> show(target, scope, session);
      case Datum.Closure(var definition, _) -> definition.name().text();
      case Datum.Description(var definition, _, var arguments, var creator) -> {
        var shown = new ArrayList<String>();
        arguments.forEach(
            (name, value) ->
                shown.add(name + " = " + show(value.value(), Scope.root(creator), session)));
        yield definition.name().text() + "(" + String.join(", ", shown) + ")";
      }
      default -> Describe.kind(datum);
    };
  }

  private static Optional<Json> plain(Datum datum, Scope scope, Session session) {
    return switch (datum) {
      case Datum.Whole(var dim, _) -> {
        var size = session.actual(scope.frame(), dim).size();
        yield size.isPresent() ? Optional.of(new Json.Whole(size.getAsLong())) : Optional.empty();
      }
      case Datum.Real(double value) -> Optional.of(new Json.Real(value));
      case Datum.Truth(boolean value) -> Optional.of(new Json.Bool(value));
      case Datum.Text(String value) -> Optional.of(new Json.Text(value));
      case Datum.None _ -> Optional.of(new Json.Null());
      case Datum.Items(var values, _) -> {
        var items = values.stream().map(value -> plain(value, scope, session)).toList();
        yield items.stream().allMatch(Optional::isPresent)
            ? Optional.of(new Json.Items(items.stream().map(Optional::get).toList()))
            : Optional.empty();
      }
      default -> Optional.empty();
    };
  }
}
