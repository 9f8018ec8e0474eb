package dune.ir;

import java.util.List;

/// One operation at its place in a function, with the values that it defines.
public record Node(List<Value> results, Op op, Origin origin) {
  public Node {
    results = List.copyOf(results);
  }

  /// The only result.
  public Value result() {
    if (results.size() != 1)
      throw new IllegalStateException(op + " has " + results.size() + " results");
    return results.getFirst();
  }
}
