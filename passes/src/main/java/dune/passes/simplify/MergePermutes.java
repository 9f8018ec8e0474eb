package dune.passes.simplify;

import dune.ir.Layout;
import dune.ir.Value;
import dune.passes.rewrite.Match;
import dune.passes.rewrite.Rule;
import java.util.Optional;

/// `permute(permute(x, p), q) -> permute(x, p after q)`
final class MergePermutes implements Rule<Layout.Permute> {
  @Override
  public Class<Layout.Permute> root() {
    return Layout.Permute.class;
  }

  @Override
  public Optional<Value> rewrite(Layout.Permute op, Match match) {
    return match
        .find(Layout.Permute.class, op.x())
        .map(
            inner ->
                match.emit(
                    new Layout.Permute(
                        inner.x(), op.order().stream().map(inner.order()::get).toList())));
  }
}
