package dune.passes.simplify;

import dune.ir.Layout;
import dune.ir.Value;
import dune.ir.dim.Dim;
import dune.passes.rewrite.Match;
import dune.passes.rewrite.Rule;
import java.util.Optional;

/// `slice(slice(x, axis, a, _, p), axis, b, n, q) -> slice(x, axis, a + b * p, n, p * q)`
final class MergeSlices implements Rule<Layout.Slice> {
  @Override
  public Class<Layout.Slice> root() {
    return Layout.Slice.class;
  }

  @Override
  public Optional<Value> rewrite(Layout.Slice op, Match match) {
    return match
        .find(Layout.Slice.class, op.x())
        .filter(inner -> inner.axis() == op.axis())
        .map(
            inner ->
                match.emit(
                    new Layout.Slice(
                        inner.x(),
                        op.axis(),
                        inner.start().plus(op.start().times(Dim.of(inner.step()))),
                        op.size(),
                        inner.step() * op.step())));
  }
}
