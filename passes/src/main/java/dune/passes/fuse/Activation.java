package dune.passes.fuse;

import dune.ir.Control.FusedKind;
import dune.ir.Elem;
import dune.ir.Elementwise.Binary;
import dune.ir.Elementwise.BinaryKind;
import dune.ir.Elementwise.UnaryKind;
import dune.ir.Value;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;

/// An activation that is applied to `x`.
///
/// @param x in the element type of what the activation gives
record Activation(Kind kind, Value x) {
  private static final double TOLERANCE = 1e-6;

  /// The activations that there are groups of.
  enum Kind {
    SILU(FusedKind.LINEAR_SILU, FusedKind.SILU, FusedKind.SWIGLU),
    GELU(FusedKind.LINEAR_GELU, FusedKind.GELU, FusedKind.GEGLU),
    GELU_TANH(FusedKind.LINEAR_GELU_TANH, FusedKind.GELU_TANH, FusedKind.GEGLU_TANH),
    /// One operation, so it is no group by itself.
    RELU(FusedKind.LINEAR_RELU);

    private final FusedKind linear;
    private final Optional<FusedKind> alone;
    private final Optional<FusedKind> gate;

    Kind(FusedKind linear) {
      this.linear = linear;
      alone = Optional.empty();
      gate = Optional.empty();
    }

    Kind(FusedKind linear, FusedKind alone, FusedKind gate) {
      this.linear = linear;
      this.alone = Optional.of(alone);
      this.gate = Optional.of(gate);
    }

    /// Of a product with a weight.
    FusedKind linear() {
      return linear;
    }

    Optional<FusedKind> alone() {
      return alone;
    }

    /// Times something else.
    Optional<FusedKind> gate() {
      return gate;
    }
  }

  /// The activation that gives `value`.
  static Optional<Activation> of(Value value, Graph graph) {
    Elem elem = graph.type(value).elem();
    Value result = graph.beforeRounding(value);
    return product(result, graph)
        .or(() -> relu(result, graph))
        .flatMap(
            found ->
                Stream.of(graph.beforeWidening(found.x()), found.x())
                    .filter(x -> graph.type(x).elem() == elem)
                    .findFirst()
                    .map(x -> new Activation(found.kind(), x)));
  }

  private static Optional<Activation> product(Value value, Graph graph) {
    return graph
        .binary(BinaryKind.MUL, value)
        .flatMap(
            both -> of(both.lhs(), both.rhs(), graph).or(() -> of(both.rhs(), both.lhs(), graph)));
  }

  /// `max(x, 0)`.
  private static Optional<Activation> relu(Value value, Graph graph) {
    return graph
        .binary(BinaryKind.MAX, value)
        .filter(both -> is(both.rhs(), 0, graph))
        .map(both -> new Activation(Kind.RELU, both.lhs()));
  }

  /// Of a product of `left`, which is `x` or its half, and `right`.
  private static Optional<Activation> of(Value left, Value right, Graph graph) {
    if (isSigmoid(right, left, graph)) return Optional.of(new Activation(Kind.SILU, left));
    Optional<Value> half = scaled(left, 0.5, graph);
    Optional<Value> share =
        graph.binary(BinaryKind.ADD, right).filter(sum -> is(sum.rhs(), 1, graph)).map(Binary::lhs);
    if (half.isEmpty() || share.isEmpty()) return Optional.empty();
    Value x = half.get();
    if (isErf(share.get(), x, graph)) return Optional.of(new Activation(Kind.GELU, x));
    return isTanh(share.get(), x, graph)
        ? Optional.of(new Activation(Kind.GELU_TANH, x))
        : Optional.empty();
  }

  /// `1 / (1 + exp(-x))`.
  private static boolean isSigmoid(Value value, Value x, Graph graph) {
    return graph
        .binary(BinaryKind.DIV, value)
        .filter(division -> is(division.lhs(), 1, graph))
        .flatMap(division -> graph.binary(BinaryKind.ADD, division.rhs()))
        .filter(sum -> is(sum.rhs(), 1, graph))
        .flatMap(sum -> graph.unary(UnaryKind.EXP, sum.lhs()))
        .flatMap(power -> graph.unary(UnaryKind.NEG, power))
        .filter(x::equals)
        .isPresent();
  }

  /// `erf(x / sqrt(2))`.
  private static boolean isErf(Value value, Value x, Graph graph) {
    Optional<Value> inner = graph.unary(UnaryKind.ERF, value);
    return inner
        .flatMap(
            quotient ->
                graph
                    .binary(BinaryKind.DIV, quotient)
                    .filter(both -> is(both.rhs(), Math.sqrt(2), graph))
                    .map(Binary::lhs)
                    .or(() -> scaled(quotient, Math.sqrt(0.5), graph)))
        .filter(x::equals)
        .isPresent();
  }

  /// `tanh(sqrt(2 / pi) * (x + 0.044715 * x^3))`.
  private static boolean isTanh(Value value, Value x, Graph graph) {
    return graph
        .unary(UnaryKind.TANH, value)
        .flatMap(inner -> scaled(inner, Math.sqrt(2 / Math.PI), graph))
        .flatMap(inner -> graph.binary(BinaryKind.ADD, inner))
        .filter(sum -> sum.lhs().equals(x))
        .flatMap(sum -> scaled(sum.rhs(), 0.044715, graph))
        .filter(cube -> isCube(cube, x, graph))
        .isPresent();
  }

  private static boolean isCube(Value value, Value x, Graph graph) {
    boolean power =
        graph
            .binary(BinaryKind.POW, value)
            .filter(both -> both.lhs().equals(x) && is(both.rhs(), 3, graph))
            .isPresent();
    return power
        || graph
            .binary(BinaryKind.MUL, value)
            .filter(both -> isSquare(both.lhs(), x, graph) && both.rhs().equals(x))
            .isPresent();
  }

  private static boolean isSquare(Value value, Value x, Graph graph) {
    return graph
        .binary(BinaryKind.MUL, value)
        .filter(both -> both.lhs().equals(x) && both.rhs().equals(x))
        .isPresent();
  }

  /// What is multiplied by this number.
  private static Optional<Value> scaled(Value value, double factor, Graph graph) {
    return graph
        .binary(BinaryKind.MUL, value)
        .filter(both -> is(both.rhs(), factor, graph))
        .map(Binary::lhs);
  }

  private static boolean is(Value value, double expected, Graph graph) {
    OptionalDouble number = graph.constant(value);
    return number.isPresent()
        && Math.abs(number.getAsDouble() - expected) <= TOLERANCE * Math.abs(expected);
  }
}
