package dune.passes.simplify;

import dune.ir.Elem;
import dune.ir.Elementwise;
import dune.ir.Elementwise.BinaryKind;
import dune.ir.Value;
import dune.passes.rewrite.Match;
import dune.passes.rewrite.Rule;
import java.util.Optional;
import java.util.OptionalDouble;

/// `mul(x, 1) -> x`, `add(x, 0) -> x`, `and(x, true) -> x` and their like
///
/// Not `add(x, 0.0)` on floats, which turns -0.0 into 0.0; but `add(x, -0.0)` and `sub(x, 0.0)`.
final class DropNeutral implements Rule<Elementwise.Binary> {
  @Override
  public Class<Elementwise.Binary> root() {
    return Elementwise.Binary.class;
  }

  @Override
  public Optional<Value> rewrite(Elementwise.Binary op, Match match) {
    OptionalDouble number = match.uniform(op.rhs());
    boolean neutral =
        number.isPresent()
            && isNeutral(op.kind(), number.getAsDouble(), match.type(op.rhs()).elem());
    return neutral && match.type(op.lhs()).equals(match.resultType(op))
        ? Optional.of(op.lhs())
        : Optional.empty();
  }

  private static boolean isNeutral(BinaryKind kind, double c, Elem elem) {
    boolean isPositiveZero = Double.compare(c, 0.0) == 0;
    return switch (kind) {
      case ADD -> elem == Elem.INT ? c == 0 : c == 0 && !isPositiveZero;
      case SUB -> elem == Elem.INT ? c == 0 : isPositiveZero;
      case MUL, DIV, POW, AND -> c == 1;
      case OR -> c == 0;
      case MIN -> c == Double.POSITIVE_INFINITY;
      case MAX -> c == Double.NEGATIVE_INFINITY;
      case MOD, EQ, NE, LT, LE, GT, GE -> false;
    };
  }
}
