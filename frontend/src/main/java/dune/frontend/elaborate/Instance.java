package dune.frontend.elaborate;

import dune.frontend.ast.Definition.BlockDefinition;
import dune.frontend.ast.Item;
import dune.frontend.source.Span;
import dune.ir.Elem;
import dune.ir.Initializer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A block at its place in the model: a path, weights, members, and the `forward` that uses them.
final class Instance {
  private final BlockDefinition definition;
  private final Scope scope;
  private final String path;
  private final Map<String, Datum> members = new LinkedHashMap<>();
  private final Map<String, OwnWeight> weights = new LinkedHashMap<>();
  private Optional<Item.Forward> forward = Optional.empty();

  /// A weight of an instance, in the names of its frame.
  static final class OwnWeight {
    final String path;
    final List<Axis> axes;
    final Elem elem;
    final Span declared;
    Initializer initializer;
    Optional<OwnWeight> tiedTo = Optional.empty();

    OwnWeight(String path, List<Axis> axes, Elem elem, Initializer initializer, Span declared) {
      this.path = path;
      this.axes = List.copyOf(axes);
      this.elem = elem;
      this.initializer = initializer;
      this.declared = declared;
    }

    /// The weight that holds the numbers: itself, or the one that it is another name for.
    OwnWeight source() {
      return tiedTo.map(OwnWeight::source).orElse(this);
    }
  }

  Instance(BlockDefinition definition, Scope scope, String path) {
    this.definition = definition;
    this.scope = scope;
    this.path = path;
  }

  BlockDefinition definition() {
    return definition;
  }

  Scope scope() {
    return scope;
  }

  Frame frame() {
    return scope.frame();
  }

  String path() {
    return path;
  }

  String path(String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  Map<String, Datum> members() {
    return members;
  }

  Map<String, OwnWeight> weights() {
    return weights;
  }

  Optional<Item.Forward> forward() {
    return forward;
  }

  void forward(Item.Forward found) {
    forward = Optional.of(found);
  }
}
