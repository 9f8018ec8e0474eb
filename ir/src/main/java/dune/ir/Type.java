package dune.ir;

import dune.ir.dim.Dim;
import java.util.Map;

/// The type of a value: element type and shape.
public record Type(Elem elem, Shape shape) {
  public static Type of(Elem elem, Dim... dims) {
    return new Type(elem, Shape.of(dims));
  }

  public static Type scalar(Elem elem) {
    return new Type(elem, Shape.SCALAR);
  }

  public int rank() {
    return shape.rank();
  }

  public Dim dim(int axis) {
    return shape.get(axis);
  }

  /// How many bytes its elements take.
  public Dim bytes() {
    return shape.count().times(Dim.of(elem.bytes()));
  }

  public Type with(Elem other) {
    return new Type(other, shape);
  }

  public Type with(Shape other) {
    return new Type(elem, other);
  }

  public Type substitute(Map<String, Dim> values) {
    return new Type(elem, shape.substitute(values));
  }

  @Override
  public String toString() {
    return elem + shape.toString();
  }
}
