package dune.passes.fuse;

import dune.ir.Elementwise.Binary;
import dune.ir.Elementwise.BinaryKind;
import dune.ir.Node;
import dune.ir.Value;
import java.util.List;
import java.util.Optional;

/// `act(x) * y`: the gates of arXiv 2002.05202.
final class GatePattern implements Pattern {
  @Override
  public Optional<Group> match(Node root, Graph graph) {
    Optional<Binary> gated = graph.binary(BinaryKind.MUL, root.result());
    if (gated.isEmpty()) return Optional.empty();
    Value left = gated.get().lhs();
    Value right = gated.get().rhs();
    return gate(root, left, right, graph).or(() -> gate(root, right, left, graph));
  }

  private static Optional<Group> gate(Node root, Value bent, Value y, Graph graph) {
    return Activation.of(bent, graph)
        .flatMap(
            gate ->
                gate.kind()
                    .gate()
                    .map(kind -> new Group(kind, root.result(), List.of(gate.x(), y))));
  }
}
