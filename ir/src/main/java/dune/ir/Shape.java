package dune.ir;

import dune.ir.dim.Dim;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// The sizes of a tensor's axes, outermost first.
public record Shape(List<Dim> dims) {
  public static final Shape SCALAR = new Shape(List.of());

  public Shape {
    dims = List.copyOf(dims);
  }

  public static Shape of(Dim... dims) {
    return new Shape(List.of(dims));
  }

  public static Shape of(long... sizes) {
    var dims = new ArrayList<Dim>();
    for (long size : sizes) dims.add(Dim.of(size));
    return new Shape(dims);
  }

  public int rank() {
    return dims.size();
  }

  public Dim get(int axis) {
    return dims.get(axis);
  }

  public Shape with(int axis, Dim dim) {
    var changed = new ArrayList<>(dims);
    changed.set(axis, dim);
    return new Shape(changed);
  }

  /// The number of elements.
  public Dim count() {
    return Dim.product(dims);
  }

  public Shape substitute(Map<String, Dim> values) {
    return new Shape(dims.stream().map(dim -> dim.substitute(values)).toList());
  }

  /// @throws IllegalArgumentException if a dimension has no whole size under `sizes`
  public long[] evaluate(Map<String, Long> sizes) {
    return dims.stream().mapToLong(dim -> dim.evaluate(sizes)).toArray();
  }

  @Override
  public String toString() {
    return dims.stream().map(Dim::toString).collect(Collectors.joining(", ", "[", "]"));
  }
}
