package dune.passes.plan;

import dune.ir.Origin;
import dune.ir.Type;
import dune.ir.dim.Dim;
import java.util.Optional;

/// Memory that values share one after the other.
///
/// @param what the operation that writes it first, or needs it as scratch
/// @param type of the value that is written first; empty for scratch
/// @param bytes as a polynomial in the sizes of a call
/// @param from the first node that needs it, counted from 0
/// @param until the last node that needs it; the number of nodes if it outlives the call
public record Buffer(
    String what, Optional<Type> type, Dim bytes, int from, int until, Origin origin) {

  /// The same buffer, needed up to a later node.
  Buffer until(int later) {
    return new Buffer(what, type, bytes, from, later, origin);
  }

  public boolean isScratch() {
    return type.isEmpty();
  }

  /// Whether both are needed at some node.
  public boolean overlaps(Buffer other) {
    return from <= other.until && other.from <= until;
  }

  public boolean isNeededAt(int node) {
    return from <= node && node <= until;
  }
}
