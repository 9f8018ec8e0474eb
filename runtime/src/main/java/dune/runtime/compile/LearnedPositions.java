package dune.runtime.compile;

import dune.ir.Function;
import dune.ir.Indexing.Gather;
import dune.ir.Layout.Broadcast;
import dune.ir.Layout.Permute;
import dune.ir.Layout.Reshape;
import dune.ir.Node;
import dune.ir.Program;
import dune.ir.Source;
import dune.ir.Value;
import java.util.HashSet;
import java.util.OptionalLong;
import java.util.Set;

/// How many positions a model has vectors for, where it looks them up in a table of its weights as
/// GPT-2 does. A longer sequence would read beyond the table.
final class LearnedPositions {
  private LearnedPositions() {}

  /// The size of the smallest table that is read at the position of a step; empty if there is none.
  static OptionalLong of(Program program) {
    return program.function("forward").map(LearnedPositions::of).orElse(OptionalLong.empty());
  }

  private static OptionalLong of(Function forward) {
    Set<Value> positions = new HashSet<>();
    OptionalLong least = OptionalLong.empty();
    for (Node node : forward.nodes()) {
      if (isPosition(node, positions)) positions.addAll(node.results());
      if (node.op() instanceof Gather(Value table, Value indices, int axis, _)
          && positions.contains(indices)) {
        OptionalLong size = forward.of(table).dim(axis).size();
        if (least.isEmpty() || size.isPresent() && size.getAsLong() < least.getAsLong()) {
          least = size;
        }
      }
    }
    return least;
  }

  private static boolean isPosition(Node node, Set<Value> positions) {
    if (node.op() instanceof Source.Position) return true;
    if (node.op() instanceof Broadcast broadcast) return positions.contains(broadcast.x());
    if (node.op() instanceof Reshape reshape) return positions.contains(reshape.x());
    return node.op() instanceof Permute permute && positions.contains(permute.x());
  }
}
