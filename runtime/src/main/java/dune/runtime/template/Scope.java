package dune.runtime.template;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// Names and their values. What is set inside of a loop, a macro or a block ends with it: an inner
/// scope hides names of the outer one, and never changes them.
final class Scope {
  private final Optional<Scope> outer;
  private final Map<String, Value> values = new HashMap<>();

  private Scope(Optional<Scope> outer) {
    this.outer = outer;
  }

  static Scope of(Map<String, Value> values) {
    var scope = new Scope(Optional.empty());
    scope.values.putAll(values);
    return scope;
  }

  Scope inner() {
    return new Scope(Optional.of(this));
  }

  void set(String name, Value value) {
    values.put(name, value);
  }

  Value get(String name) {
    for (Optional<Scope> scope = Optional.of(this); scope.isPresent(); scope = scope.get().outer) {
      Value found = scope.get().values.get(name);
      if (found != null) return found;
    }
    return new Value.Undefined("`" + name + "` is undefined");
  }
}
