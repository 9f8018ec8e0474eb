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
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What an object has: `object.name`, `object[key]`, `object[from:to]`.
final class Members {
  /// They would change what belongs to the caller.
  private static final Set<String> CHANGING =
      Set.of(
          "append",
          "extend",
          "insert",
          "remove",
          "pop",
          "sort",
          "reverse",
          "clear",
          "update",
          "setdefault",
          "popitem",
          "add",
          "discard");

  private Members() {}

  /// A method or field, else the entry of that name.
  static Value attribute(Value object, String name) {
    Numbers.requireDefined(object);
    return own(object, name)
        .or(() -> entry(object, Value.of(name)))
        .orElseGet(() -> none(object, name));
  }

  /// An entry, else the method or field of that name.
  static Value index(Value object, Value key) {
    Numbers.requireDefined(object);
    Optional<Value> found = entry(object, key);
    if (found.isPresent()) return found.get();
    return key instanceof Text(String name)
        ? own(object, name).orElseGet(() -> none(object, name))
        : none(object, Printed.repr(key));
  }

  private static Value none(Value object, String name) {
    return new Undefined("%s has no `%s`".formatted(Convert.kind(object), name));
  }

  private static Optional<Value> own(Value object, String name) {
    return switch (object) {
      case Text(String text) -> TextMethods.find(text, name);
      case Dict dict -> method(dict, name);
      case Items items -> method(items, name);
      case Namespace namespace -> Optional.ofNullable(namespace.fields.get(name));
      case Loop loop -> field(loop, name);
      case None _, Undefined _, Bool _, Int _, Real _, Function _, Iterator _ -> Optional.empty();
    };
  }

  private static Optional<Value> entry(Value object, Value key) {
    return switch (object) {
      case Dict(var entries) -> Comparisons.get(entries, key);
      case Items(var values, _) -> key instanceof Int(long at) ? at(values, at) : Optional.empty();
      case Text(String text) -> key instanceof Int(long at) ? at(text, at) : Optional.empty();
      case None _, Undefined _, Bool _, Int _, Real _, Function _ -> Optional.empty();
      case Iterator _, Namespace _, Loop _ -> Optional.empty();
    };
  }

  private static Optional<Value> at(List<Value> values, long at) {
    long index = at < 0 ? at + values.size() : at;
    return index >= 0 && index < values.size()
        ? Optional.of(values.get((int) index))
        : Optional.empty();
  }

  private static Optional<Value> at(String text, long at) {
    int length = PythonText.length(text);
    long index = at < 0 ? at + length : at;
    if (index < 0 || index >= length) return Optional.empty();
    int begin = text.offsetByCodePoints(0, (int) index);
    return Optional.of(Value.of(Character.toString(text.codePointAt(begin))));
  }

  private static Optional<Value> method(Dict dict, String name) {
    Map<Value, Value> entries = dict.entries();
    return switch (name) {
      case "items" -> function(name, _ -> pairs(dict));
      case "keys" -> function(name, _ -> Value.list(List.copyOf(entries.keySet())));
      case "values" -> function(name, _ -> Value.list(List.copyOf(entries.values())));
      case "copy" -> function(name, _ -> dict);
      case "get" ->
          function(
              name,
              arguments ->
                  Comparisons.get(entries, arguments.atMost(2).get(0, "key"))
                      .orElseGet(() -> arguments.get(1, "default", Value.NONE)));
      default -> changing(name, entries.containsKey(Value.of(name)));
    };
  }

  static Value pairs(Dict dict) {
    return Value.list(
        dict.entries().entrySet().stream()
            .map(entry -> Value.tuple(entry.getKey(), entry.getValue()))
            .toList());
  }

  private static Optional<Value> method(Items items, String name) {
    return switch (name) {
      case "index" ->
          function(
              name,
              arguments -> {
                Value sought = arguments.get(0, "value");
                for (int i = 0; i < items.values().size(); i++) {
                  if (Comparisons.equal(items.values().get(i), sought)) return Value.of(i);
                }
                throw new TemplateFailure(Printed.repr(sought) + " is not in the list");
              });
      case "count" ->
          function(
              name,
              arguments -> {
                Value sought = arguments.get(0, "value");
                return Value.of(
                    items.values().stream()
                        .filter(item -> Comparisons.equal(item, sought))
                        .count());
              });
      default -> changing(name, false);
    };
  }

  private static Optional<Value> changing(String name, boolean isEntry) {
    if (isEntry || !CHANGING.contains(name)) return Optional.empty();
    return Optional.of(
        new Undefined("`." + name + "()` changes its object, which a template must not do"));
  }

  static Optional<Value> function(String name, Function.Body body) {
    return Optional.of(new Function(name, body));
  }

  private static Optional<Value> field(Loop loop, String name) {
    int at = loop.at();
    int size = loop.items().size();
    return switch (name) {
      case "index" -> Optional.of(Value.of(at + 1));
      case "index0" -> Optional.of(Value.of(at));
      case "revindex" -> Optional.of(Value.of(size - at));
      case "revindex0" -> Optional.of(Value.of(size - at - 1));
      case "first" -> Optional.of(Value.of(at == 0));
      case "last" -> Optional.of(Value.of(at == size - 1));
      case "length" -> Optional.of(Value.of(size));
      case "depth" -> Optional.of(Value.of(loop.depth() + 1));
      case "depth0" -> Optional.of(Value.of(loop.depth()));
      case "previtem" ->
          Optional.of(
              at > 0 ? loop.items().get(at - 1) : new Undefined("there is no previous item"));
      case "nextitem" ->
          Optional.of(
              at + 1 < size ? loop.items().get(at + 1) : new Undefined("there is no next item"));
      case "cycle" ->
          function(
              name,
              arguments -> {
                if (arguments.size() == 0) throw new TemplateFailure("`cycle` needs values");
                return arguments.positional().get(at % arguments.size());
              });
      default -> Optional.empty();
    };
  }

  static Value slice(Value object, Optional<Value> from, Optional<Value> to, Optional<Value> step) {
    Numbers.requireDefined(object);
    int by = step.filter(Members::isGiven).map(Convert::index).orElse(1);
    if (by == 0) throw new TemplateFailure("a slice cannot have the step 0");
    return switch (object) {
      case Items(var values, var kind) -> new Items(sliced(values, from, to, by), kind);
      case Text(String text) -> slice(text, from, to, by);
      case None _, Undefined _, Bool _, Int _, Real _, Dict _, Function _ -> throw noSlices(object);
      case Iterator _, Namespace _, Loop _ -> throw noSlices(object);
    };
  }

  private static boolean isGiven(Value value) {
    return !(value instanceof None);
  }

  private static TemplateFailure noSlices(Value object) {
    return new TemplateFailure(Convert.kind(object) + " cannot be sliced");
  }

  private static Value slice(String text, Optional<Value> from, Optional<Value> to, int by) {
    if (by == 1) {
      int size = PythonText.length(text);
      int begin = clamp(from, 0, size, 0, size);
      int end = clamp(to, size, size, 0, size);
      if (begin >= end) return Value.of("");
      int at = text.offsetByCodePoints(0, begin);
      return Value.of(text.substring(at, text.offsetByCodePoints(at, end - begin)));
    }
    var result = new StringBuilder();
    sliced(PythonText.characters(text), from, to, by).forEach(c -> result.append(Convert.text(c)));
    return Value.of(result.toString());
  }

  private static List<Value> sliced(
      List<Value> values, Optional<Value> from, Optional<Value> to, int by) {
    int size = values.size();
    if (by > 0) {
      int begin = clamp(from, 0, size, 0, size);
      int end = clamp(to, size, size, 0, size);
      if (by == 1) return begin < end ? values.subList(begin, end) : List.of();
      List<Value> taken = new ArrayList<>();
      for (long i = begin; i < end; i += by) taken.add(values.get((int) i));
      return taken;
    }
    int begin = clamp(from, size - 1, size, -1, size - 1);
    int end = clamp(to, -1, size, -1, size - 1);
    List<Value> taken = new ArrayList<>();
    for (long i = begin; i > end; i += by) taken.add(values.get((int) i));
    return Collections.unmodifiableList(taken);
  }

  private static int clamp(Optional<Value> bound, int otherwise, int size, int low, int high) {
    Optional<Value> given = bound.filter(Members::isGiven);
    if (given.isEmpty()) return otherwise;
    if (!(given.get() instanceof Int(long at))) return Convert.index(given.get());
    long index = at < 0 ? at + size : at;
    return Math.clamp(index, low, Math.max(low, high));
  }
}
