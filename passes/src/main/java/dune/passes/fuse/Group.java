package dune.passes.fuse;

import dune.ir.Control.FusedKind;
import dune.ir.Value;
import java.util.List;

/// Operations that can be computed at once: all that lie between `operands` and `roots`.
///
/// @param roots the only values that others may use, in the order of computation
/// @param operands what the group takes, in the order that {@link FusedKind} gives
record Group(FusedKind kind, List<Value> roots, List<Value> operands) {
  Group {
    roots = List.copyOf(roots);
    operands = List.copyOf(operands);
  }

  Group(FusedKind kind, Value root, List<Value> operands) {
    this(kind, List.of(root), operands);
  }

  /// Where the group stands: what it computes last.
  Value last() {
    return roots.getLast();
  }
}
