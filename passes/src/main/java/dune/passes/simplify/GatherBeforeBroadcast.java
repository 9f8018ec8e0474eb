package dune.passes.simplify;

import dune.ir.Indexing;
import dune.ir.Layout;
import dune.ir.Value;
import dune.passes.rewrite.Match;
import dune.passes.rewrite.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/// `gather(broadcast(x), indices) -> broadcast(gather(x, indices))`
///
/// Reads what there is instead of its repetitions. Holds when the axis that is read, and those that
/// are walked together with the indices, are axes of `x`.
final class GatherBeforeBroadcast implements Rule<Indexing.Gather> {
  @Override
  public Class<Indexing.Gather> root() {
    return Indexing.Gather.class;
  }

  @Override
  public Optional<Value> rewrite(Indexing.Gather op, Match match) {
    Optional<Layout.Broadcast> broadcast = match.find(Layout.Broadcast.class, op.x());
    if (broadcast.isEmpty()) return Optional.empty();
    List<Integer> axes = broadcast.get().axes();
    int at = axes.indexOf(op.axis());
    boolean walked =
        axes.size() >= op.batch()
            && IntStream.range(0, op.batch()).allMatch(axis -> axes.get(axis) == axis);
    if (at < 0 || !walked) return Optional.empty();
    int more = match.type(op.indices()).rank() - op.batch();
    var moved = new ArrayList<Integer>(axes.subList(0, at));
    for (int i = 0; i < more; i++) moved.add(op.axis() + i);
    for (int axis : axes.subList(at + 1, axes.size())) moved.add(axis + more - 1);
    Value picked =
        match.emit(new Indexing.Gather(broadcast.get().x(), op.indices(), at, op.batch()));
    return Optional.of(
        match.emit(new Layout.Broadcast(picked, match.resultType(op).shape(), moved)));
  }
}
