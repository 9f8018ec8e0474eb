package dune.passes.simplify;

import dune.ir.Elementwise;
import dune.ir.Elementwise.UnaryKind;
import dune.ir.Value;
import dune.passes.rewrite.Match;
import dune.passes.rewrite.Rule;
import java.util.Optional;

/// `neg(neg(x)) -> x`, `not(not(x)) -> x`
final class CancelDoubleNegation implements Rule<Elementwise.Unary> {
  @Override
  public Class<Elementwise.Unary> root() {
    return Elementwise.Unary.class;
  }

  @Override
  public Optional<Value> rewrite(Elementwise.Unary op, Match match) {
    if (op.kind() != UnaryKind.NEG && op.kind() != UnaryKind.NOT) return Optional.empty();
    return match
        .find(Elementwise.Unary.class, op.x())
        .filter(inner -> inner.kind() == op.kind())
        .map(Elementwise.Unary::x);
  }
}
