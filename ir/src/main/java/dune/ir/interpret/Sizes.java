package dune.ir.interpret;

import dune.ir.Shape;
import dune.ir.dim.Dim;
import java.util.HashMap;
import java.util.Map;

/// The sizes that dimensions have in one call.
final class Sizes {
  private final Map<String, Long> names;
  private final Map<Dim, Long> known = new HashMap<>();

  Sizes(Map<String, Long> names) {
    this.names = new HashMap<>(names);
  }

  boolean has(String name) {
    return names.containsKey(name);
  }

  void bind(String name, long size) {
    names.put(name, size);
  }

  /// These sizes and one more, as the body of an operation sees them.
  Sizes with(String name, long size) {
    var more = new Sizes(names);
    more.bind(name, size);
    return more;
  }

  long of(Dim dim) {
    if (dim.size().isPresent()) return dim.size().getAsLong();
    return known.computeIfAbsent(dim, unknown -> unknown.evaluate(names));
  }

  long[] of(Shape shape) {
    return shape.dims().stream().mapToLong(this::of).toArray();
  }
}
