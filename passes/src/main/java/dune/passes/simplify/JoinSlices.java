package dune.passes.simplify;

import dune.ir.Layout;
import dune.ir.Value;
import dune.ir.dim.Dim;
import dune.passes.rewrite.Match;
import dune.passes.rewrite.Rule;
import java.util.ArrayList;
import java.util.Optional;

/// `concat(slice(x, a, n), slice(x, a + n, m)) -> slice(x, a, n + m)`
///
/// For slices without gaps along the axis of the concatenation, any number of them.
final class JoinSlices implements Rule<Layout.Concat> {
  @Override
  public Class<Layout.Concat> root() {
    return Layout.Concat.class;
  }

  @Override
  public Optional<Value> rewrite(Layout.Concat op, Match match) {
    var slices = new ArrayList<Layout.Slice>();
    for (Value part : op.parts()) match.find(Layout.Slice.class, part).ifPresent(slices::add);
    if (slices.size() < op.parts().size()) return Optional.empty();
    Layout.Slice first = slices.getFirst();
    Dim end = first.start();
    for (Layout.Slice slice : slices) {
      boolean follows =
          slice.x().equals(first.x())
              && slice.axis() == op.axis()
              && slice.step() == 1
              && slice.start().equals(end);
      if (!follows) return Optional.empty();
      end = end.plus(slice.size());
    }
    return Optional.of(
        match.emit(
            new Layout.Slice(first.x(), op.axis(), first.start(), end.minus(first.start()), 1)));
  }
}
