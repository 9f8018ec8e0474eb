package dune.passes.plan;

import dune.ir.Origin;
import dune.ir.dim.Dim;

/// Memory that values share one after the other.
///
/// @param what an operation that writes it, or needs it as scratch
/// @param bytes as a polynomial in the sizes of a call
/// @param from the first node that needs it, counted from 0
/// @param until the last node that needs it; the number of nodes if it outlives the call
/// @param use whether it holds a value or is scratch of one operation
public record Buffer(String what, Dim bytes, int from, int until, Use use, Origin origin) {
  public enum Use {
    VALUE,
    SCRATCH
  }

  /// Whether both are needed at some node.
  public boolean overlaps(Buffer other) {
    return from <= other.until && other.from <= until;
  }
}
