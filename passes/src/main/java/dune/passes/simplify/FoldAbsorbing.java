package dune.passes.simplify;

import dune.ir.Elem;
import dune.ir.Elementwise;
import dune.ir.Type;
import dune.ir.Value;
import dune.passes.rewrite.Match;
import dune.passes.rewrite.Rule;
import java.util.Optional;
import java.util.OptionalDouble;

/// `and(x, false) -> false`, `or(x, true) -> true`, `mul(x, 0) -> 0` on `int`
///
/// Not `mul(x, 0.0)`: infinities, NaN and the sign of zero would be lost.
final class FoldAbsorbing implements Rule<Elementwise.Binary> {
  @Override
  public Class<Elementwise.Binary> root() {
    return Elementwise.Binary.class;
  }

  @Override
  public Optional<Value> rewrite(Elementwise.Binary op, Match match) {
    OptionalDouble number = match.uniform(op.rhs());
    if (number.isEmpty()) return Optional.empty();
    Type type = match.resultType(op);
    double c = number.getAsDouble();
    boolean absorbs =
        switch (op.kind()) {
          case AND -> c == 0;
          case OR -> c == 1;
          case MUL -> c == 0 && type.elem() == Elem.INT;
          case ADD, SUB, DIV, MOD, POW, MIN, MAX, EQ, NE, LT, LE, GT, GE -> false;
        };
    return absorbs ? Optional.of(Uniform.of(c, type, match)) : Optional.empty();
  }
}
