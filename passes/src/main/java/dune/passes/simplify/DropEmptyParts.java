package dune.passes.simplify;

import dune.ir.Layout;
import dune.ir.Value;
import dune.passes.rewrite.Match;
import dune.passes.rewrite.Rule;
import java.util.List;
import java.util.Optional;

/// `concat(x) -> x` and `concat(x, y) -> x`, where `y` has no element along the axis
final class DropEmptyParts implements Rule<Layout.Concat> {
  @Override
  public Class<Layout.Concat> root() {
    return Layout.Concat.class;
  }

  @Override
  public Optional<Value> rewrite(Layout.Concat op, Match match) {
    List<Value> filled =
        op.parts().stream().filter(part -> !match.type(part).dim(op.axis()).is(0)).toList();
    if (filled.size() == 1) return Optional.of(filled.getFirst());
    if (filled.isEmpty() || filled.size() == op.parts().size()) return Optional.empty();
    return Optional.of(match.emit(new Layout.Concat(filled, op.axis())));
  }
}
