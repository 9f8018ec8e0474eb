package dune.backend.torch.emit;

import dune.ir.Layout;
import dune.ir.Node;
import dune.ir.Type;
import dune.ir.Value;
import dune.ir.dim.Dim;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// Slices of one value along one axis, each beginning where the one before ends, that together are
/// the whole. As one operation they have one gradient; each alone would have one of the size of the
/// whole, which is mostly zeros.
///
/// @param parts in the order in which they lie in the whole, at least two
record Split(Value whole, int axis, List<Value> parts, List<Dim> sizes) {

  /// The splits whose slices are all among these nodes.
  static List<Split> among(List<Node> nodes, Function<Value, Type> types) {
    var slices = new LinkedHashMap<Value, List<Node>>();
    for (Node node : nodes) {
      if (node.op() instanceof Layout.Slice slice) {
        slices.computeIfAbsent(slice.x(), _ -> new ArrayList<>()).add(node);
      }
    }
    var splits = new ArrayList<Split>();
    for (Map.Entry<Value, List<Node>> entry : slices.entrySet()) {
      of(entry.getKey(), types.apply(entry.getKey()), entry.getValue()).ifPresent(splits::add);
    }
    return splits;
  }

  private static Optional<Split> of(Value whole, Type type, List<Node> nodes) {
    if (nodes.size() < 2) return Optional.empty();
    int axis = slice(nodes.getFirst()).axis();
    var byStart = new LinkedHashMap<Dim, Node>();
    for (Node node : nodes) {
      Layout.Slice slice = slice(node);
      boolean fits = slice.axis() == axis && slice.step() == 1;
      if (!fits || byStart.put(slice.start(), node) != null) return Optional.empty();
    }
    var parts = new ArrayList<Value>();
    var sizes = new ArrayList<Dim>();
    Dim end = Dim.ZERO;
    while (parts.size() < nodes.size()) {
      Node next = byStart.get(end);
      if (next == null || slice(next).size().equals(Dim.ZERO)) return Optional.empty();
      parts.add(next.result());
      sizes.add(slice(next).size());
      end = end.plus(slice(next).size());
    }
    return end.equals(type.dim(axis))
        ? Optional.of(new Split(whole, axis, parts, sizes))
        : Optional.empty();
  }

  private static Layout.Slice slice(Node node) {
    return (Layout.Slice) node.op();
  }
}
