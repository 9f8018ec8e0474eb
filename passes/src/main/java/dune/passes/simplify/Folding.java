package dune.passes.simplify;

import dune.ir.Elem;
import dune.ir.Elementwise;
import java.util.List;
import java.util.OptionalDouble;

/// Computes an elementwise operation on numbers.
final class Folding {
  private Folding() {}

  /// The result on one number per operand, if it is known exactly.
  ///
  /// @param elem the type of the elements of the first operand
  static OptionalDouble fold(Elementwise op, List<Double> numbers, Elem elem) {
    return switch (op) {
      case Elementwise.Unary unary -> Numbers.unary(unary.kind(), numbers.getFirst());
      case Elementwise.Binary binary ->
          Numbers.binary(binary.kind(), numbers.get(0), numbers.get(1), elem);
      case Elementwise.Select _ ->
          OptionalDouble.of(numbers.get(0) != 0 ? numbers.get(1) : numbers.get(2));
      case Elementwise.Cast cast -> cast(cast, numbers.getFirst(), elem);
    };
  }

  private static OptionalDouble cast(Elementwise.Cast cast, double number, Elem from) {
    boolean widens = from.isFloat() && Casts.isLossless(from, cast.elem());
    return widens ? OptionalDouble.of(number) : Numbers.cast(number, cast.elem());
  }
}
