package dune.passes.fuse;

import dune.ir.Node;
import java.util.List;
import java.util.Optional;

/// An activation by itself.
final class ActivationPattern implements Pattern {
  @Override
  public Optional<Group> match(Node root, Graph graph) {
    return Activation.of(root.result(), graph)
        .flatMap(
            found ->
                found
                    .kind()
                    .alone()
                    .map(kind -> new Group(kind, root.result(), List.of(found.x()))));
  }
}
