package dune.passes.fuse;

import dune.ir.Control.FusedKind;
import dune.ir.Value;
import java.util.List;

/// Operations that can be computed at once: all that lie between `operands` and `root`.
///
/// @param root the only value that others may use
/// @param operands what the group takes, in the order that {@link FusedKind} gives
record Group(FusedKind kind, Value root, List<Value> operands) {
  Group {
    operands = List.copyOf(operands);
  }
}
