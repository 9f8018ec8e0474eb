package dune.passes.simplify;

import dune.ir.Layout;
import dune.ir.Value;
import dune.passes.rewrite.Match;
import dune.passes.rewrite.Rule;
import java.util.Optional;

/// `permute(x, 0 1 2) -> x`
final class DropSamePermute implements Rule<Layout.Permute> {
  @Override
  public Class<Layout.Permute> root() {
    return Layout.Permute.class;
  }

  @Override
  public Optional<Value> rewrite(Layout.Permute op, Match match) {
    for (int axis = 0; axis < op.order().size(); axis++) {
      if (op.order().get(axis) != axis) return Optional.empty();
    }
    return Optional.of(op.x());
  }
}
