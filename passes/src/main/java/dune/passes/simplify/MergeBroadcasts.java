package dune.passes.simplify;

import dune.ir.Layout;
import dune.ir.Value;
import dune.passes.rewrite.Match;
import dune.passes.rewrite.Rule;
import java.util.Optional;

/// `broadcast(broadcast(x, s1, a1), s2, a2) -> broadcast(x, s2, a2 after a1)`
final class MergeBroadcasts implements Rule<Layout.Broadcast> {
  @Override
  public Class<Layout.Broadcast> root() {
    return Layout.Broadcast.class;
  }

  @Override
  public Optional<Value> rewrite(Layout.Broadcast op, Match match) {
    return match
        .find(Layout.Broadcast.class, op.x())
        .map(
            inner ->
                match.emit(
                    new Layout.Broadcast(
                        inner.x(),
                        op.shape(),
                        inner.axes().stream().map(op.axes()::get).toList())));
  }
}
