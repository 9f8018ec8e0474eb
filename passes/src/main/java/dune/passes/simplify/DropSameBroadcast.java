package dune.passes.simplify;

import dune.ir.Layout;
import dune.ir.Value;
import dune.passes.rewrite.Match;
import dune.passes.rewrite.Rule;
import java.util.Optional;

/// `broadcast(x, shape) -> x`, where `x` has the shape
final class DropSameBroadcast implements Rule<Layout.Broadcast> {
  @Override
  public Class<Layout.Broadcast> root() {
    return Layout.Broadcast.class;
  }

  @Override
  public Optional<Value> rewrite(Layout.Broadcast op, Match match) {
    return match.type(op.x()).shape().equals(op.shape()) ? Optional.of(op.x()) : Optional.empty();
  }
}
