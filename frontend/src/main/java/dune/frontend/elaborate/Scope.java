package dune.frontend.elaborate;

import dune.frontend.source.Span;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The names in sight at a place, innermost first, and the frame whose dimensions they use.
final class Scope {
  private final Optional<Scope> parent;
  private final Frame frame;
  private final Map<String, Binding> names = new LinkedHashMap<>();

  private Scope(Optional<Scope> parent, Frame frame) {
    this.parent = parent;
    this.frame = frame;
  }

  static Scope root(Frame frame) {
    return new Scope(Optional.empty(), frame);
  }

  /// A scope inside this one, in the same frame.
  Scope inner() {
    return new Scope(Optional.of(this), frame);
  }

  /// A scope that sees this one, with dimension names of its own.
  Scope inner(Frame own) {
    return new Scope(Optional.of(this), own);
  }

  Frame frame() {
    return frame;
  }

  void declare(String name, Datum value, Span declared) {
    names.put(name, new Binding(value, Binding.Kind.FIXED, declared));
  }

  void declareVariable(String name, Datum value, Span declared) {
    names.put(name, new Binding(value, Binding.Kind.VARIABLE, declared));
  }

  Optional<Binding> find(String name) {
    Binding own = names.get(name);
    if (own != null) return Optional.of(own);
    return parent.flatMap(scope -> scope.find(name));
  }

  Optional<Binding> findOwn(String name) {
    return Optional.ofNullable(names.get(name));
  }

  /// Gives a variable another value, in the scope that declared it.
  void assign(String name, Datum value) {
    Binding own = names.get(name);
    if (own != null) names.put(name, own.with(value));
    else parent.ifPresent(scope -> scope.assign(name, value));
  }

  /// Every name in sight, innermost first.
  List<String> visible() {
    var visible = new ArrayList<>(names.keySet());
    parent.ifPresent(scope -> visible.addAll(scope.visible()));
    return visible;
  }
}
