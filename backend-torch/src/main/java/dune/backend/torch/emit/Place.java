package dune.backend.torch.emit;

import dune.ir.Node;
import dune.ir.Origin;
import java.util.Optional;

/// A place in the text of a method.
///
/// @param node what the text is of; empty for what stands around all nodes
/// @param kind how much of the node
/// @param call the function that is called (`torch.silu`), where tensors are noted down
public record Place(Optional<Node> node, Kind kind, String call) {
  /// How much of its node a place stands for.
  public enum Kind {
    /// All that it does.
    WHOLE,
    /// What it does around the nodes of its body, which have places of their own.
    AROUND_BODY
  }

  public Origin origin() {
    return node.map(Node::origin).orElse(Origin.NONE);
  }
}
