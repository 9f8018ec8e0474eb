package dune.passes.simplify;

import dune.ir.Elementwise;
import dune.ir.Value;
import dune.passes.rewrite.Match;
import dune.passes.rewrite.Rule;
import java.util.Optional;

/// `cast(cast(x, e1), e2) -> cast(x, e2)`
///
/// Where `e1` holds every number of `x`: a cast that rounds is kept.
final class MergeCasts implements Rule<Elementwise.Cast> {
  @Override
  public Class<Elementwise.Cast> root() {
    return Elementwise.Cast.class;
  }

  @Override
  public Optional<Value> rewrite(Elementwise.Cast op, Match match) {
    return match
        .find(Elementwise.Cast.class, op.x())
        .filter(inner -> Casts.isLossless(match.type(inner.x()).elem(), inner.elem()))
        .map(inner -> match.emit(new Elementwise.Cast(inner.x(), op.elem())));
  }
}
