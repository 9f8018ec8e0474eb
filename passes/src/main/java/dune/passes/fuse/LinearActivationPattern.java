package dune.passes.fuse;

import dune.ir.Contraction.Dot;
import dune.ir.Node;
import dune.ir.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// `act(x * weight + bias)`, with the bias or without: an activation can take the place of the
/// product that it bends.
final class LinearActivationPattern implements Pattern {
  @Override
  public Optional<Group> match(Node root, Graph graph) {
    return Activation.of(root.result(), graph).flatMap(found -> linear(root, found, graph));
  }

  private static Optional<Group> linear(Node root, Activation activation, Graph graph) {
    return graph
        .find(Dot.class, activation.x())
        .filter(dot -> dot.lhsBatch().isEmpty() && !dot.lhsSum().isEmpty())
        .filter(dot -> graph.isWeight(dot.rhs()))
        .map(dot -> new Group(activation.kind().linear(), root.result(), operands(dot)));
  }

  /// The weight that a group multiplies with, if it is one of these.
  static Optional<Value> weight(Group group) {
    return switch (group.kind()) {
      case LINEAR_SILU, LINEAR_GELU, LINEAR_GELU_TANH, LINEAR_RELU ->
          Optional.of(group.operands().get(1));
      default -> Optional.empty();
    };
  }

  private static List<Value> operands(Dot dot) {
    var operands = new ArrayList<>(List.of(dot.lhs(), dot.rhs()));
    dot.plus().ifPresent(operands::add);
    return operands;
  }
}
