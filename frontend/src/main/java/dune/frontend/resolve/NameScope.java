package dune.frontend.resolve;

import dune.frontend.ast.Identifier;
import dune.frontend.source.Span;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;

/// The names in sight while a file is walked, and which of them have been used.
final class NameScope {
  private final Optional<NameScope> parent;
  private final Map<String, Optional<Span>> names = new LinkedHashMap<>();
  private final Set<String> expected = new LinkedHashSet<>();
  private boolean givenUp;

  /// Whether a name that nobody uses is worth a word.
  enum Use {
    EXPECTED,
    OPTIONAL
  }

  NameScope() {
    parent = Optional.empty();
  }

  private NameScope(NameScope parent) {
    this.parent = Optional.of(parent);
  }

  NameScope inner() {
    return new NameScope(this);
  }

  void declare(String name) {
    names.put(name, Optional.empty());
  }

  void declare(Identifier name) {
    declare(name, Use.OPTIONAL);
  }

  void declare(Identifier name, Use use) {
    names.put(name.text(), Optional.of(name.span()));
    if (use == Use.EXPECTED) expected.add(name.text());
  }

  /// A part of the scope could not be parsed: what it declares and uses is not known.
  void giveUp() {
    givenUp = true;
    parent.ifPresent(NameScope::giveUp);
  }

  /// Marks a name as used; whether it is in sight, or might be.
  boolean use(String name) {
    if (names.containsKey(name)) {
      expected.remove(name);
      return true;
    }
    return parent.map(outer -> outer.use(name)).orElse(false) || givenUp;
  }

  Optional<Span> declared(String name) {
    if (names.containsKey(name)) return names.get(name);
    return parent.flatMap(outer -> outer.declared(name));
  }

  List<String> visible() {
    var visible = new ArrayList<>(names.keySet());
    parent.ifPresent(outer -> visible.addAll(outer.visible()));
    return visible;
  }

  /// Hands out every name that should have been used and was not.
  void unused(BiConsumer<String, Span> report) {
    if (givenUp) return;
    for (String name : expected) report.accept(name, names.get(name).orElseThrow());
  }
}
