package dune.passes.fuse;

import dune.ir.Control.FusedKind;
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
    return Activation.of(left, graph)
        .map(gate -> group(root, gate, right))
        .or(() -> Activation.of(right, graph).map(gate -> group(root, gate, left)));
  }

  private static Group group(Node root, Activation gate, Value y) {
    FusedKind kind =
        switch (gate.kind()) {
          case SILU -> FusedKind.SWIGLU;
          case GELU -> FusedKind.GEGLU;
          case GELU_TANH -> FusedKind.GEGLU_TANH;
          default -> throw new IllegalStateException(gate.kind() + " is no activation");
        };
    return new Group(kind, root.result(), List.of(gate.x(), y));
  }
}
