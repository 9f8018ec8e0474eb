package dune.passes.fuse;

import dune.ir.Control.FusedKind;
import dune.ir.Elementwise.Binary;
import dune.ir.Elementwise.BinaryKind;
import dune.ir.Layout;
import dune.ir.Node;
import dune.ir.Source;
import dune.ir.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A norm of `a + b`, together with the sum: what a residual connection hands on is both.
///
/// @param norm finds the norm
/// @param kind what the two are together
record AddNormPattern(Pattern norm, FusedKind kind) implements Pattern {
  @Override
  public Optional<Group> match(Node root, Graph graph) {
    return norm.match(root, graph).flatMap(group -> withSum(group, graph));
  }

  private Optional<Group> withSum(Group group, Graph graph) {
    Value sum = group.operands().getFirst();
    Optional<Binary> addition =
        graph
            .binary(BinaryKind.ADD, sum)
            .filter(both -> isWhole(both.lhs(), graph) && isWhole(both.rhs(), graph));
    return addition.map(
        both -> {
          var operands = new ArrayList<>(List.of(both.lhs(), both.rhs()));
          operands.addAll(group.operands().subList(1, group.operands().size()));
          return new Group(kind, List.of(sum, group.last()), operands);
        });
  }

  /// Whether a term is no number, bias or position that is added on the way.
  private static boolean isWhole(Value term, Graph graph) {
    return graph.find(Layout.Broadcast.class, term).isEmpty()
        && graph.find(Source.class, term).isEmpty();
  }
}
