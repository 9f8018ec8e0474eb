package dune.passes.fuse;

import dune.ir.Control.FusedKind;
import dune.ir.Elementwise.Binary;
import dune.ir.Elementwise.BinaryKind;
import dune.ir.Elementwise.UnaryKind;
import dune.ir.Layout;
import dune.ir.Layout.Slice;
import dune.ir.Node;
import dune.ir.Value;
import dune.ir.dim.Dim;
import java.util.List;
import java.util.Optional;

/// `x * cos + concat(-b, a) * sin`, where `a` and `b` are the halves of `x` along one axis: the
/// turning of pairs of arXiv 2104.09864.
final class RotaryPattern implements Pattern {
  @Override
  public Optional<Group> match(Node root, Graph graph) {
    Optional<Binary> sum = graph.binary(BinaryKind.ADD, root.result());
    return sum.flatMap(
        both ->
            match(root, both.lhs(), both.rhs(), graph)
                .or(() -> match(root, both.rhs(), both.lhs(), graph)));
  }

  private static Optional<Group> match(Node root, Value straight, Value turned, Graph graph) {
    Optional<Binary> first = graph.binary(BinaryKind.MUL, straight);
    Optional<Binary> second = graph.binary(BinaryKind.MUL, turned);
    if (first.isEmpty() || second.isEmpty()) return Optional.empty();
    return turned(second.get().lhs(), graph)
        .flatMap(x -> group(root, x, first.get(), second.get().rhs(), graph))
        .or(
            () ->
                turned(second.get().rhs(), graph)
                    .flatMap(x -> group(root, x, first.get(), second.get().lhs(), graph)));
  }

  private static Optional<Group> group(
      Node root, Value x, Binary straight, Value sin, Graph graph) {
    if (!straight.lhs().equals(x) && !straight.rhs().equals(x)) return Optional.empty();
    Value cos = straight.lhs().equals(x) ? straight.rhs() : straight.lhs();
    return Optional.of(
        new Group(
            FusedKind.ROTARY,
            root.result(),
            List.of(x, beforeBroadcast(cos, graph), beforeBroadcast(sin, graph))));
  }

  /// The `x` of `concat(-b, a)`.
  private static Optional<Value> turned(Value value, Graph graph) {
    Optional<Layout.Concat> concat =
        graph.find(Layout.Concat.class, value).filter(parts -> parts.parts().size() == 2);
    if (concat.isEmpty()) return Optional.empty();
    Optional<Slice> b =
        graph
            .unary(UnaryKind.NEG, concat.get().parts().getFirst())
            .flatMap(negated -> graph.find(Slice.class, negated));
    Optional<Slice> a = graph.find(Slice.class, concat.get().parts().getLast());
    if (a.isEmpty() || b.isEmpty()) return Optional.empty();
    Value x = a.get().x();
    int axis = concat.get().axis();
    Dim half = a.get().size();
    boolean halves =
        b.get().x().equals(x)
            && a.get().equals(new Slice(x, axis, Dim.ZERO, half, 1))
            && b.get().equals(new Slice(x, axis, half, half, 1))
            && graph.type(x).dim(axis).equals(half.plus(half));
    return halves ? Optional.of(x) : Optional.empty();
  }

  private static Value beforeBroadcast(Value value, Graph graph) {
    return graph.find(Layout.Broadcast.class, value).map(Layout.Broadcast::x).orElse(value);
  }
}
