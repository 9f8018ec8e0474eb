package dune.frontend.elaborate;

import dune.frontend.source.Span;
import dune.ir.Elem;
import dune.ir.Value;
import dune.ir.dim.Dim;
import java.util.List;
import java.util.stream.Collectors;

/// A tensor while a body is evaluated: named axes, element type, and the value that the IR
/// computes.
///
/// @param born where the shape was last written or computed, for messages
record Tensor(List<Axis> axes, Elem elem, Value value, Span born) implements Datum {
  Tensor {
    axes = List.copyOf(axes);
  }

  int rank() {
    return axes.size();
  }

  List<Dim> dims() {
    return axes.stream().map(Axis::dim).toList();
  }

  /// The place of the axis with this dimension, or -1.
  int indexOf(Dim dim) {
    for (int i = 0; i < axes.size(); i++) {
      if (axes.get(i).dim().equals(dim)) return i;
    }
    return -1;
  }

  boolean has(Dim dim) {
    return indexOf(dim) >= 0;
  }

  /// `[B, T, D]`, as the author would write it.
  String shapeText() {
    return text(axes);
  }

  static String text(List<Axis> axes) {
    var parts = axes.stream().map(axis -> Frame.text(axis.dim())).collect(Collectors.toList());
    // A pack prints as the author wrote it, however many axes it stands for.
    for (int i = parts.size() - 1; i > 0; i--) {
      if (parts.get(i).equals("...") && parts.get(i - 1).equals("...")) parts.remove(i);
    }
    return "[" + String.join(", ", parts) + "]";
  }
}
