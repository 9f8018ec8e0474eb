package dune.passes.fuse;

import dune.ir.Control.FusedKind;
import dune.ir.Elementwise.Binary;
import dune.ir.Elementwise.BinaryKind;
import dune.ir.Elementwise.UnaryKind;
import dune.ir.Value;
import java.util.Optional;
import java.util.OptionalDouble;

/// An activation that is applied to `x`.
///
/// @param kind SILU, GELU or GELU_TANH
record Activation(FusedKind kind, Value x) {
  private static final double TOLERANCE = 1e-6;

  /// The activation that gives `value`.
  static Optional<Activation> of(Value value, Graph graph) {
    Optional<Binary> product = graph.binary(BinaryKind.MUL, graph.beforeRounding(value));
    return product
        .flatMap(
            both -> of(both.lhs(), both.rhs(), graph).or(() -> of(both.rhs(), both.lhs(), graph)))
        .map(found -> new Activation(found.kind(), graph.beforeWidening(found.x())));
  }

  /// Of a product of `left`, which is `x` or its half, and `right`.
  private static Optional<Activation> of(Value left, Value right, Graph graph) {
    if (isSigmoid(right, left, graph)) return Optional.of(new Activation(FusedKind.SILU, left));
    Optional<Value> half = scaled(left, 0.5, graph);
    Optional<Value> share =
        graph.binary(BinaryKind.ADD, right).filter(sum -> is(sum.rhs(), 1, graph)).map(Binary::lhs);
    if (half.isEmpty() || share.isEmpty()) return Optional.empty();
    Value x = half.get();
    if (isErf(share.get(), x, graph)) return Optional.of(new Activation(FusedKind.GELU, x));
    return isTanh(share.get(), x, graph)
        ? Optional.of(new Activation(FusedKind.GELU_TANH, x))
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
