package dune.passes.simplify;

import dune.ir.Layout;
import dune.ir.Value;
import dune.passes.rewrite.Match;
import dune.passes.rewrite.Rule;
import java.util.Optional;

/// `reshape(x, shape) -> x`, where `x` has the shape
final class DropSameReshape implements Rule<Layout.Reshape> {
  @Override
  public Class<Layout.Reshape> root() {
    return Layout.Reshape.class;
  }

  @Override
  public Optional<Value> rewrite(Layout.Reshape op, Match match) {
    return match.type(op.x()).shape().equals(op.shape()) ? Optional.of(op.x()) : Optional.empty();
  }
}
