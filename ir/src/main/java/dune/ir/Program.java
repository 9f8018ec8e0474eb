package dune.ir;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A model after lowering: its weights, its state, and the functions that use them.
public record Program(
    String name, List<Weight> weights, List<State> states, List<Function> functions) {
  /// The name of the function whose results the others read as {@link Source.Prepared}. It takes
  /// nothing and depends on nothing but itself, so that it has to run only once.
  public static final String TABLES = "tables";

  public Program {
    weights = List.copyOf(weights);
    states = List.copyOf(states);
    functions = List.copyOf(functions);
  }

  public Optional<Function> function(String name) {
    return functions.stream().filter(function -> function.name().equals(name)).findFirst();
  }

  /// @throws IllegalArgumentException if there is no such function
  public Function require(String name) {
    return function(name)
        .orElseThrow(
            () -> new IllegalArgumentException("no function " + name + " in " + this.name));
  }

  /// The function that makes tables, if there are any.
  public Optional<Function> tables() {
    return function(TABLES);
  }

  public Optional<Weight> weight(String path) {
    return weights.stream().filter(weight -> weight.path().equals(path)).findFirst();
  }

  /// Bytes of all weights; those that are tied to another count with it.
  public long weightBytes() {
    return weights.stream()
        .filter(weight -> weight.tiedTo().isEmpty())
        .mapToLong(weight -> weight.type().bytes().evaluate(Map.of()))
        .sum();
  }
}
