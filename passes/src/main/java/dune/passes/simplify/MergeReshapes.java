package dune.passes.simplify;

import dune.ir.Layout;
import dune.ir.Value;
import dune.passes.rewrite.Match;
import dune.passes.rewrite.Rule;
import java.util.Optional;

/// `reshape(reshape(x, s1), s2) -> reshape(x, s2)`
final class MergeReshapes implements Rule<Layout.Reshape> {
  @Override
  public Class<Layout.Reshape> root() {
    return Layout.Reshape.class;
  }

  @Override
  public Optional<Value> rewrite(Layout.Reshape op, Match match) {
    return match
        .find(Layout.Reshape.class, op.x())
        .map(inner -> match.emit(new Layout.Reshape(inner.x(), op.shape())));
  }
}
