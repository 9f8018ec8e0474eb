package dune.passes.pass;

import dune.ir.Contraction;
import dune.ir.Control;
import dune.ir.Elementwise;
import dune.ir.Function;
import dune.ir.Indexing;
import dune.ir.Layout;
import dune.ir.Node;
import dune.ir.Op;
import dune.ir.Program;
import dune.ir.Source;
import dune.ir.Stateful;
import java.util.List;
import java.util.Optional;

/// How far a program has come, which decides what operations it may hold.
public enum Stage {
  /// As the author wrote it: one `forward`, in which the past is a renamed axis and positions have
  /// a name. No state.
  WRITTEN,
  /// The functions derived from it: what is kept between calls is explicit state, and neither
  /// History nor Position is left.
  DERIVED,
  /// Groups of operations are one operation with a body.
  FUSED;

  /// The stage of a program: what holds a group was fused, and as long as there is `forward`,
  /// nothing was derived.
  public static Stage of(Program program) {
    if (program.functions().stream()
        .flatMap(function -> function.nodes().stream())
        .anyMatch(node -> isGroup(node.op()))) {
      return FUSED;
    }
    return program.function("forward").isPresent() ? WRITTEN : DERIVED;
  }

  private static boolean isGroup(Op op) {
    return op instanceof Control.Fused
        || op instanceof Control.Dispatch dispatch && dispatch.shares().isPresent();
  }

  private boolean permits(Op op) {
    return switch (op) {
      case Layout.History _, Source.Position _ -> this == WRITTEN;
      case Stateful _ -> this != WRITTEN;
      case Control _ when isGroup(op) -> this == FUSED;
      case Source _, Elementwise _, Contraction _, Layout _, Indexing _, Control _ -> true;
    };
  }

  /// The first operation that is illegal here.
  public Optional<Node> intruder(Program program) {
    return program.functions().stream()
        .map(Function::nodes)
        .flatMap(nodes -> intruder(nodes).stream())
        .findFirst();
  }

  private Optional<Node> intruder(List<Node> nodes) {
    for (Node node : nodes) {
      if (!permits(node.op())) return Optional.of(node);
      if (node.op() instanceof Control control) {
        Optional<Node> inside = intruder(control.body().nodes());
        if (inside.isPresent()) return inside;
      }
    }
    return Optional.empty();
  }
}
