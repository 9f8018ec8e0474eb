package dune.frontend.elaborate;

import dune.frontend.ast.BinaryOperator;
import dune.frontend.ast.ConfigEntry;
import dune.frontend.ast.Expression;
import dune.frontend.ast.Expression.TextLiteral;
import dune.frontend.ast.Item;
import dune.frontend.ast.Let;
import dune.frontend.ast.Node;
import dune.frontend.ast.Nodes;
import dune.ir.checkpoint.Json;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// Which keys of `config.json` a line of a `config` clause reads, and which values they may have.
final class ConfigGuesses {
  private static final int MOST_LETS = 8;
  private static final String FULL = "full_attention";
  private static final String SLIDING = "sliding_attention";

  private final Scope scope;
  private final Item.Checkpoint clause;
  private final ParameterValues wanted;

  /// @param scope what the file defines
  ConfigGuesses(Scope scope, Item.Checkpoint clause, ParameterValues wanted) {
    this.scope = scope;
    this.clause = clause;
    this.wanted = wanted;
  }

  /// What a key holds that is needed and that no parameter tells: by custom the base of rotary
  /// frequencies, or the number of positions that a model was trained for.
  static Json usual(String key) {
    return key.endsWith("theta") || key.endsWith("base")
        ? new Json.Real(10000.0)
        : new Json.Whole(4096);
  }

  /// Whether an expression is a key, perhaps with something to fall back on.
  static boolean isKey(Expression expression) {
    return switch (expression) {
      case Expression.ConfigKey _, Expression.Field _ -> true;
      case Expression.Binary(var operator, _, var left, _, _) ->
          operator == BinaryOperator.COALESCE && isKey(left);
      default -> false;
    };
  }

  /// Values that a key may have, the likeliest first.
  List<Json> values(Expression line, Optional<Json> plain, int keys) {
    var values = new LinkedHashSet<Json>();
    // Of several keys, none is likely to hold a list by itself.
    plain.filter(value -> keys == 1 || !(value instanceof Json.Items)).ifPresent(values::add);
    values.add(new Json.Bool(true));
    values.add(new Json.Bool(false));
    texts(line).forEach(text -> values.add(new Json.Text(text)));
    plain.ifPresent(value -> values.addAll(kinds(value, texts(line))));
    values.add(new Json.Whole(0));
    wanted.plain().values().stream()
        .filter(Json.Whole.class::isInstance)
        .sorted(Comparator.comparingLong(number -> ((Json.Whole) number).value()))
        .forEach(values::add);
    return List.copyOf(values);
  }

  /// For a list of truths, lists that tell by a text where it is true, as `layer_types` of Hugging
  /// Face do.
  private static List<Json> kinds(Json plain, Set<String> texts) {
    if (!(plain instanceof Json.Items(var items, _))
        || !items.stream().allMatch(Json.Bool.class::isInstance)) {
      return List.of();
    }
    return texts.stream()
        .<Json>map(
            text ->
                new Json.Items(
                    items.stream()
                        .<Json>map(
                            item -> new Json.Text(((Json.Bool) item).value() ? text : other(text)))
                        .toList()))
        .toList();
  }

  private static String other(String kind) {
    return kind.equals(FULL) ? SLIDING : FULL;
  }

  /// The texts in a line and in the functions that it calls: those that they compare with.
  private Set<String> texts(Expression line) {
    var texts = new LinkedHashSet<String>();
    addTexts(line, texts);
    Nodes.within(line)
        .filter(Expression.Name.class::isInstance)
        .flatMap(name -> scope.find(((Expression.Name) name).text()).stream())
        .forEach(
            binding -> {
              if (binding.value() instanceof Datum.Closure(var function, _)) {
                addTexts(function, texts);
              }
            });
    return texts;
  }

  private static void addTexts(Node node, Set<String> texts) {
    Nodes.within(node)
        .filter(TextLiteral.class::isInstance)
        .forEach(text -> ((TextLiteral) text).plain().ifPresent(texts::add));
  }

  /// The keys that a line reads, itself or by a `let` before it; those first that lie outermost.
  List<List<String>> keys(Expression line) {
    var keys = new LinkedHashSet<List<String>>();
    Nodes.within(line)
        .forEach(
            node -> {
              if (node instanceof Expression expression) keys.addAll(paths(expression, MOST_LETS));
            });
    // `.rope.factor` is one key, and not `.rope` too.
    return keys.stream()
        .filter(key -> !key.isEmpty() && keys.stream().noneMatch(other -> isWithin(other, key)))
        .sorted(Comparator.comparingInt(List::size))
        .toList();
  }

  private static boolean isWithin(List<String> key, List<String> outer) {
    return key.size() > outer.size() && key.subList(0, outer.size()).equals(outer);
  }

  /// The places in a config that an expression may mean; `config` itself has an empty path.
  ///
  /// @param lets how many more `let`s are followed
  private List<List<String>> paths(Expression expression, int lets) {
    return switch (expression) {
      case Expression.ConfigKey(var key, _) -> List.of(List.of(key.text()));
      case Expression.Field(var target, var key, _) ->
          paths(target, lets).stream()
              .map(outer -> Stream.concat(outer.stream(), Stream.of(key.text())).toList())
              .toList();
      case Expression.Binary(var operator, _, var left, var right, _)
          when operator == BinaryOperator.COALESCE ->
          Stream.concat(paths(left, lets).stream(), paths(right, lets).stream()).toList();
      case Expression.Name(var name, _) -> {
        if (name.equals("config")) yield List.of(List.of());
        yield lets == 0
            ? List.of()
            : let(name).map(value -> paths(value, lets - 1)).orElse(List.of());
      }
      default -> List.of();
    };
  }

  private Optional<Expression> let(String name) {
    for (ConfigEntry entry : clause.config()) {
      if (entry instanceof Let(var names, _, var value, _)
          && names.size() == 1
          && names.getFirst().text().equals(name)) {
        return Optional.of(value);
      }
    }
    return Optional.empty();
  }
}
