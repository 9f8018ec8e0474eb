package dune.passes.rewrite;

import dune.ir.Contraction;
import dune.ir.Control;
import dune.ir.Elementwise;
import dune.ir.Function;
import dune.ir.Indexing;
import dune.ir.Layout;
import dune.ir.Node;
import dune.ir.Op;
import dune.ir.Operands;
import dune.ir.Source;
import dune.ir.Stateful;
import dune.ir.Value;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Which nodes of a function matter: those that an output, a penalty or a change of state needs.
public final class Liveness {
  private final Set<Value> needed = new HashSet<>();

  private Liveness() {}

  public static Liveness of(Function function) {
    var liveness = new Liveness();
    function.outputs().forEach(output -> liveness.needed.add(output.value()));
    liveness.needed.addAll(function.penalties());
    liveness.visit(function.nodes());
    return liveness;
  }

  private void visit(List<Node> nodes) {
    for (Node node : nodes.reversed()) {
      if (!isLive(node)) continue;
      needed.addAll(Operands.of(node.op()));
      if (node.op() instanceof Control control) {
        needed.addAll(control.body().results());
        visit(control.body().nodes());
      }
    }
  }

  public boolean isLive(Node node) {
    return writes(node.op()) || node.results().stream().anyMatch(needed::contains);
  }

  public boolean isLive(Value value) {
    return needed.contains(value);
  }

  private static boolean writes(Op op) {
    return switch (op) {
      case Stateful.WriteState _, Stateful.Append _ -> true;
      case Stateful.ReadState _, Stateful.ReadCache _ -> false;
      case Source _, Elementwise _, Contraction _, Layout _, Indexing _, Control _ -> false;
    };
  }
}
