package dune.runtime.template;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The values that a function, filter, test or macro is called with.
record Arguments(List<Value> positional, Map<String, Value> named) {
  static final Arguments NONE = new Arguments(List.of(), Map.of());

  Arguments {
    positional = List.copyOf(positional);
    named = new LinkedHashMap<>(named);
  }

  static Arguments of(Value... values) {
    return new Arguments(List.of(values), Map.of());
  }

  /// The argument at a position, or of that name.
  Optional<Value> find(int index, String name) {
    if (index < positional.size()) return Optional.of(positional.get(index));
    return Optional.ofNullable(named.get(name));
  }

  Value get(int index, String name) {
    return find(index, name)
        .orElseThrow(() -> new TemplateFailure("the argument `" + name + "` is missing"));
  }

  Value get(int index, String name, Value otherwise) {
    return find(index, name).orElse(otherwise);
  }

  String text(int index, String name) {
    return Convert.text(get(index, name));
  }

  String text(int index, String name, String otherwise) {
    return find(index, name).map(Convert::text).orElse(otherwise);
  }

  /// A whole number that is also an index or a size.
  int number(int index, String name, int otherwise) {
    return find(index, name)
        .filter(value -> !(value instanceof Value.None))
        .map(Convert::index)
        .orElse(otherwise);
  }

  boolean flag(int index, String name) {
    return find(index, name).map(Convert::truth).orElse(false);
  }

  Arguments after(int count) {
    return new Arguments(positional.subList(Math.min(count, positional.size()), size()), named);
  }

  /// How many have no name.
  int size() {
    return positional.size();
  }

  /// @param most how many there may be at most, named or not
  Arguments atMost(int most) {
    int count = positional.size() + named.size();
    if (count <= most) return this;
    throw new TemplateFailure(
        "at most %d %s, not %d"
            .formatted(most, most == 1 ? "argument is taken" : "arguments are taken", count));
  }
}
