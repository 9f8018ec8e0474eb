package dune.ir;

import java.util.List;

/// The body of an operation: arguments, nodes, results. Isolated: nodes use the arguments and one
/// another, nothing else.
public record Region(List<Value> arguments, List<Node> nodes, List<Value> results) {
  public Region {
    arguments = List.copyOf(arguments);
    nodes = List.copyOf(nodes);
    results = List.copyOf(results);
  }
}
