package dune.passes.fuse;

import dune.ir.Control.FusedKind;
import dune.ir.Value;
import java.util.List;

/// Operations that can be computed at once: all that lie between `operands` and `roots`.
///
/// @param roots the only values that others may use, in the order of computation
/// @param operands what the group takes, in the order that {@link FusedKind} gives
/// @param parts regions that the body begins with, over some of the operands. They belong to the
///   body and may be computed elsewhere as well.
record Group(FusedKind kind, List<Value> roots, List<Value> operands, List<Group> parts) {
  Group {
    roots = List.copyOf(roots);
    operands = List.copyOf(operands);
    parts = List.copyOf(parts);
  }

  Group(FusedKind kind, List<Value> roots, List<Value> operands) {
    this(kind, roots, operands, List.of());
  }

  Group(FusedKind kind, Value root, List<Value> operands) {
    this(kind, List.of(root), operands);
  }

  /// Whether the body has this without computing it from something else, but for its parts.
  boolean isGiven(Value value) {
    return operands.contains(value) || parts.stream().anyMatch(part -> part.last().equals(value));
  }

  /// Where the group stands: what it computes last.
  Value last() {
    return roots.getLast();
  }
}
