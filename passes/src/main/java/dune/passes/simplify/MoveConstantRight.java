package dune.passes.simplify;

import dune.ir.Elementwise;
import dune.ir.Elementwise.BinaryKind;
import dune.ir.Value;
import dune.passes.rewrite.Match;
import dune.passes.rewrite.Rule;
import java.util.Optional;

/// `add(c, x) -> add(x, c)`, `lt(c, x) -> gt(x, c)`
///
/// For operations that commute, and comparisons; `c` is the same number everywhere, `x` is not.
final class MoveConstantRight implements Rule<Elementwise.Binary> {
  @Override
  public Class<Elementwise.Binary> root() {
    return Elementwise.Binary.class;
  }

  @Override
  public Optional<Value> rewrite(Elementwise.Binary op, Match match) {
    if (match.uniform(op.lhs()).isEmpty() || match.uniform(op.rhs()).isPresent()) {
      return Optional.empty();
    }
    return turned(op.kind())
        .map(kind -> match.emit(new Elementwise.Binary(kind, op.rhs(), op.lhs())));
  }

  private static Optional<BinaryKind> turned(BinaryKind kind) {
    return switch (kind) {
      case ADD, MUL, MIN, MAX, EQ, NE, AND, OR -> Optional.of(kind);
      case LT -> Optional.of(BinaryKind.GT);
      case LE -> Optional.of(BinaryKind.GE);
      case GT -> Optional.of(BinaryKind.LT);
      case GE -> Optional.of(BinaryKind.LE);
      case SUB, DIV, MOD, POW -> Optional.empty();
    };
  }
}
