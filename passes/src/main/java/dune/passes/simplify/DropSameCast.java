package dune.passes.simplify;

import dune.ir.Elementwise;
import dune.ir.Value;
import dune.passes.rewrite.Match;
import dune.passes.rewrite.Rule;
import java.util.Optional;

/// `cast(x, e) -> x`, where `x` has the element type `e`
final class DropSameCast implements Rule<Elementwise.Cast> {
  @Override
  public Class<Elementwise.Cast> root() {
    return Elementwise.Cast.class;
  }

  @Override
  public Optional<Value> rewrite(Elementwise.Cast op, Match match) {
    return match.type(op.x()).elem() == op.elem() ? Optional.of(op.x()) : Optional.empty();
  }
}
