package dune.passes.simplify;

import dune.ir.Layout;
import dune.ir.Value;
import dune.ir.dim.Dim;
import dune.passes.rewrite.Match;
import dune.passes.rewrite.Rule;
import java.util.Optional;

/// `slice(concat(x, y, ..), axis, start, n) -> y`, or a slice of `y`
///
/// Where start and end are known to lie in the same part.
final class SlicePart implements Rule<Layout.Slice> {
  @Override
  public Class<Layout.Slice> root() {
    return Layout.Slice.class;
  }

  @Override
  public Optional<Value> rewrite(Layout.Slice op, Match match) {
    if (op.step() != 1) return Optional.empty();
    Optional<Layout.Concat> concat =
        match.find(Layout.Concat.class, op.x()).filter(found -> found.axis() == op.axis());
    if (concat.isEmpty()) return Optional.empty();
    Dim begin = Dim.ZERO;
    for (Value part : concat.get().parts()) {
      Dim size = match.type(part).dim(op.axis());
      Dim start = op.start().minus(begin);
      if (isWithin(start, op.size(), size)) {
        return Optional.of(match.emit(new Layout.Slice(part, op.axis(), start, op.size(), 1)));
      }
      begin = begin.plus(size);
    }
    return Optional.empty();
  }

  /// Sizes that are no numbers are compared by their normal form.
  private static boolean isWithin(Dim start, Dim size, Dim whole) {
    if (start.is(0) && size.equals(whole)) return true;
    if (start.size().isEmpty() || size.size().isEmpty() || whole.size().isEmpty()) return false;
    long first = start.size().getAsLong();
    return first >= 0 && first + size.size().getAsLong() <= whole.size().getAsLong();
  }
}
