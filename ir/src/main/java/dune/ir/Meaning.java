package dune.ir;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// What a region computes, whatever its values are called: equal for those that compute the same.
public record Meaning(List<Type> arguments, List<Op> ops, List<Value> results) {
  public Meaning {
    arguments = List.copyOf(arguments);
    ops = List.copyOf(ops);
    results = List.copyOf(results);
  }

  public static Meaning of(Region region, Types types) {
    Map<Value, Value> numbers = new HashMap<>();
    for (Value argument : region.arguments()) numbers.put(argument, new Value(numbers.size()));
    var ops = new ArrayList<Op>();
    for (Node node : region.nodes()) {
      // An operation with a body of its own is equal to itself alone.
      ops.add(node.op() instanceof Control ? node.op() : Operands.map(node.op(), numbers::get));
      for (Value result : node.results()) numbers.put(result, new Value(numbers.size()));
    }
    return new Meaning(
        region.arguments().stream().map(types::of).toList(),
        ops,
        region.results().stream().map(numbers::get).toList());
  }
}
