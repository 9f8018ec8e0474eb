package dune.frontend.resolve;

import java.util.List;
import java.util.Set;

/// The names that the language has by itself.
public final class Predefined {
  private Predefined() {}

  /// Functions of tensors and initialisers.
  public static final Set<String> FUNCTIONS =
      Set.of(
          "dot",
          "sum",
          "mean",
          "max",
          "min",
          "any",
          "all",
          "where",
          "clamp",
          "split",
          "concat",
          "top",
          "position",
          "random",
          "normal",
          "uniform",
          "constant");

  /// Functions of one number, applied to each element.
  public static final Set<String> ELEMENTWISE =
      Set.of(
          "exp",
          "log",
          "log2",
          "sqrt",
          "rsqrt",
          "abs",
          "sin",
          "cos",
          "tanh",
          "erf",
          "floor",
          "ceil",
          "stop_gradient");

  /// Values.
  public static final List<String> VALUES = List.of("inf", "pi", "training", "zeros", "ones");

  public static boolean has(String name) {
    return FUNCTIONS.contains(name) || ELEMENTWISE.contains(name) || VALUES.contains(name);
  }

  /// All of them, in alphabetical order.
  public static List<String> names() {
    return java.util.stream.Stream.of(FUNCTIONS, ELEMENTWISE, VALUES)
        .flatMap(java.util.Collection::stream)
        .sorted()
        .toList();
  }
}
