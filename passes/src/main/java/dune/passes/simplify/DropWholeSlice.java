package dune.passes.simplify;

import dune.ir.Layout;
import dune.ir.Value;
import dune.passes.rewrite.Match;
import dune.passes.rewrite.Rule;
import java.util.Optional;

/// `slice(x, axis, 0, n, 1) -> x`, where the axis has `n` elements
final class DropWholeSlice implements Rule<Layout.Slice> {
  @Override
  public Class<Layout.Slice> root() {
    return Layout.Slice.class;
  }

  @Override
  public Optional<Value> rewrite(Layout.Slice op, Match match) {
    boolean whole =
        op.start().is(0) && op.step() == 1 && match.type(op.x()).dim(op.axis()).equals(op.size());
    return whole ? Optional.of(op.x()) : Optional.empty();
  }
}
