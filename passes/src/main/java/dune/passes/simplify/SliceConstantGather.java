package dune.passes.simplify;

import dune.ir.Indexing;
import dune.ir.Layout;
import dune.ir.Type;
import dune.ir.Value;
import dune.ir.dim.Dim;
import dune.passes.rewrite.Match;
import dune.passes.rewrite.Rule;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/// `gather(x, 3, axis) -> reshape(slice(x, axis, 3, 1))`
///
/// A view instead of a copy. The axis must be known to be longer than the index.
final class SliceConstantGather implements Rule<Indexing.Gather> {
  @Override
  public Class<Indexing.Gather> root() {
    return Indexing.Gather.class;
  }

  @Override
  public Optional<Value> rewrite(Indexing.Gather op, Match match) {
    OptionalDouble index = match.constant(op.indices());
    Type type = match.type(op.x());
    OptionalLong size = type.dim(op.axis()).size();
    if (index.isEmpty() || size.isEmpty()) return Optional.empty();
    long at = (long) index.getAsDouble();
    if (at < 0 || at >= size.getAsLong()) return Optional.empty();
    Value one = match.emit(new Layout.Slice(op.x(), op.axis(), Dim.of(at), Dim.ONE, 1));
    return Optional.of(match.emit(new Layout.Reshape(one, match.resultType(op).shape())));
  }
}
