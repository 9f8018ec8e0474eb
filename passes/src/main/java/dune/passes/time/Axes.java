package dune.passes.time;

import dune.ir.Control;
import dune.ir.Function;
import dune.ir.Layout;
import dune.ir.Node;
import dune.ir.Shape;
import dune.ir.dim.Dim;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;

/// The names of a program's rows and time axes, and where they stand in a shape.
///
/// @param keys the names that renamed time axes have (`S`)
record Axes(Set<String> keys) {
  static final String ROWS_NAME = "B";
  static final String STEPS_NAME = "T";
  static final String KEYS_NAME = "S";
  static final Dim ROWS = Dim.named(ROWS_NAME);
  static final Dim STEPS = Dim.named(STEPS_NAME);
  static final Dim KEYS = Dim.named(KEYS_NAME);

  Axes {
    keys = Set.copyOf(keys);
  }

  static Axes of(Function function) {
    var keys = new TreeSet<String>();
    keys.add(KEYS_NAME);
    collect(function.nodes(), keys);
    return new Axes(keys);
  }

  private static void collect(List<Node> nodes, Set<String> keys) {
    for (Node node : nodes) {
      if (node.op() instanceof Layout.History history) history.keys().name().ifPresent(keys::add);
      if (node.op() instanceof Control control) collect(control.body().nodes(), keys);
    }
  }

  static OptionalInt rows(Shape shape) {
    return axis(shape, ROWS);
  }

  static OptionalInt steps(Shape shape) {
    return axis(shape, STEPS);
  }

  OptionalInt keys(Shape shape) {
    for (int axis = 0; axis < shape.rank(); axis++) {
      if (isKeys(shape.get(axis))) return OptionalInt.of(axis);
    }
    return OptionalInt.empty();
  }

  boolean isKeys(Dim dim) {
    return dim.name().filter(keys::contains).isPresent();
  }

  boolean hasKeys(Shape shape) {
    return keys(shape).isPresent();
  }

  static boolean hasSteps(Shape shape) {
    return steps(shape).isPresent();
  }

  boolean hasTime(Shape shape) {
    return hasSteps(shape) || hasKeys(shape);
  }

  /// Whether the size depends on rows or on time.
  boolean isMeasured(Dim dim) {
    return dim.names().stream().anyMatch(this::isOurs);
  }

  /// Whether rows and time stand apart from all other axes: each occurs once at most, and alone.
  boolean isRegular(Shape shape) {
    int rows = 0;
    int steps = 0;
    int past = 0;
    for (Dim dim : shape.dims()) {
      if (dim.equals(ROWS)) rows++;
      else if (dim.equals(STEPS)) steps++;
      else if (isKeys(dim)) past++;
      else if (isMeasured(dim)) return false;
    }
    return rows <= 1 && steps <= 1 && past <= 1;
  }

  private boolean isOurs(String name) {
    return name.equals(ROWS_NAME) || name.equals(STEPS_NAME) || keys.contains(name);
  }

  private static OptionalInt axis(Shape shape, Dim dim) {
    int axis = shape.dims().indexOf(dim);
    return axis < 0 ? OptionalInt.empty() : OptionalInt.of(axis);
  }
}
