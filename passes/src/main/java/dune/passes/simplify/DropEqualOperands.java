package dune.passes.simplify;

import dune.ir.Elementwise;
import dune.ir.Value;
import dune.passes.rewrite.Match;
import dune.passes.rewrite.Rule;
import java.util.Optional;

/// `max(x, x) -> x`, likewise `min`, `and`, `or`
final class DropEqualOperands implements Rule<Elementwise.Binary> {
  @Override
  public Class<Elementwise.Binary> root() {
    return Elementwise.Binary.class;
  }

  @Override
  public Optional<Value> rewrite(Elementwise.Binary op, Match match) {
    boolean same =
        op.lhs().equals(op.rhs())
            && switch (op.kind()) {
              case MIN, MAX, AND, OR -> true;
              case ADD, SUB, MUL, DIV, MOD, POW, EQ, NE, LT, LE, GT, GE -> false;
            };
    return same ? Optional.of(op.lhs()) : Optional.empty();
  }
}
