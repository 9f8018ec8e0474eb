package dune.passes.fuse;

import dune.ir.Node;
import java.util.Optional;

/// A shape of operations that has a kind of its own.
///
/// Implementations are final classes whose comment is the formula. They look backwards from the
/// last operation, and ask nothing about who else uses what is between: {@link Fuse} does.
interface Pattern {
  /// @param root a node with one result
  Optional<Group> match(Node root, Graph graph);

  /// Why `root`, which does not match, is not what people may take it for. Empty if nobody would.
  default Optional<String> obstacle(Node root, Graph graph) {
    return Optional.empty();
  }
}
