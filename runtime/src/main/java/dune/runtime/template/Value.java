package dune.runtime.template;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What a template computes with: Python's values, as far as templates meet them.
///
/// All are immutable except those that the language itself changes (a namespace, an iterator).
public sealed interface Value {
  Value NONE = new None();

  static Value of(String text) {
    return new Text(text);
  }

  static Value of(boolean truth) {
    return new Bool(truth);
  }

  static Value of(long number) {
    return new Int(number);
  }

  static Value list(List<Value> values) {
    return new Items(values, Items.Kind.LIST);
  }

  static Value tuple(Value... values) {
    return new Items(List.of(values), Items.Kind.TUPLE);
  }

  /// In the order of `entries`.
  static Value dict(Map<String, Value> entries) {
    Map<Value, Value> keyed = new LinkedHashMap<>();
    entries.forEach((key, value) -> keyed.put(of(key), value));
    return new Dict(keyed);
  }

  record None() implements Value {}

  /// A name without a value. It prints as nothing, is empty and false; any other use fails.
  ///
  /// @param why what to say then
  record Undefined(String why) implements Value {}

  record Bool(boolean value) implements Value {}

  record Int(long value) implements Value {}

  record Real(double value) implements Value {}

  record Text(String value) implements Value {}

  record Items(List<Value> values, Kind kind) implements Value {
    public Items {
      values = List.copyOf(values);
    }

    enum Kind {
      LIST,
      TUPLE
    }
  }

  record Dict(Map<Value, Value> entries) implements Value {
    public Dict {
      entries = Collections.unmodifiableMap(new LinkedHashMap<>(entries));
    }
  }

  /// Something that can be called: a function of ours, a method with its object, or a macro.
  record Function(String name, Body body) implements Value {
    /// What happens then.
    @FunctionalInterface
    interface Body {
      Value call(Arguments arguments);
    }
  }

  /// What filters such as `map` give: can be gone through once, and has no length. Like every
  /// object it is true, even if nothing is in it.
  final class Iterator implements Value {
    private List<Value> rest;

    Iterator(List<Value> values) {
      rest = new ArrayList<>(values);
    }

    List<Value> takeAll() {
      List<Value> taken = rest;
      rest = List.of();
      return taken;
    }

    /// Takes the first, if there is one.
    List<Value> takeFirst() {
      if (rest.isEmpty()) return List.of();
      List<Value> first = List.of(rest.getFirst());
      rest = rest.subList(1, rest.size());
      return first;
    }
  }

  /// What `namespace()` makes: the one object that a template can change.
  final class Namespace implements Value {
    final Map<String, Value> fields = new LinkedHashMap<>();
  }

  /// What is named `loop` inside of a loop.
  ///
  /// @param items all that is gone through
  /// @param at the index of the present one
  /// @param depth how many recursive loops are around it
  /// @param again what calling `loop` does; undefined where the loop is not recursive
  record Loop(List<Value> items, int at, int depth, Value again) implements Value {
    public Loop {
      items = List.copyOf(items);
    }
  }
}
