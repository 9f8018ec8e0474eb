package dune.backend.torch.emit;

import dune.ir.Layout;
import dune.ir.Node;
import dune.ir.Shape;
import dune.ir.Value;
import dune.ir.dim.Dim;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// Text of the operations that move elements. All but `Concat`, and a `Reshape` across strides, are
/// views.
final class LayoutText {
  private final MethodText method;

  /// The slices that together are a whole value, by that value.
  private final Map<Value, Split> splits = new HashMap<>();

  LayoutText(MethodText method) {
    this.method = method;
  }

  /// Nodes of one body that are to come.
  void expect(List<Node> nodes) {
    for (Split split : Split.among(nodes, method::type)) splits.put(split.whole(), split);
  }

  void emit(Value result, Layout op) {
    switch (op) {
      case Layout.Reshape(Value x, Shape shape) -> {
        if (method.get(x) instanceof Operand.Scalar scalar) method.set(result, scalar);
        else method.assign(result, method.reshaped(method.whole(x), shape.dims()));
      }
      case Layout.Permute(Value x, List<Integer> order) -> permute(result, x, order);
      case Layout.Broadcast(Value x, _, List<Integer> axes) -> broadcast(result, x, axes);
      case Layout.Slice slice -> slice(result, slice);
      case Layout.Concat concat -> concat(result, concat);
      case Layout.History(Value x, _, _) -> method.set(result, method.get(x));
    }
  }

  private void concat(Value result, Layout.Concat op) {
    Optional<List<String>> weights = method.joined().parts(result);
    if (weights.isPresent()) {
      String text = "self." + method.attributes().weight(weights.get());
      method.set(result, Operand.Tensor.whole(text, method.rank(result)));
      return;
    }
    method.assign(
        result,
        op.parts().stream()
            .map(method::whole)
            .collect(Collectors.joining(", ", "torch.cat([", "], " + op.axis() + ")")));
  }

  private void permute(Value result, Value x, List<Integer> order) {
    switch (method.get(x)) {
      case Operand.Scalar scalar -> method.set(result, scalar);
      case Operand.Tensor tensor when tensor.rank() == order.size() -> {
        var ones = new HashSet<Integer>();
        for (int axis = 0; axis < order.size(); axis++) {
          if (tensor.ones().contains(order.get(axis))) ones.add(axis);
        }
        method.assign(
            result, permuted(tensor.text(), order), new Operand.Tensor("", order.size(), ones));
      }
      case Operand.Tensor _ -> method.assign(result, permuted(method.whole(x), order));
    }
  }

  static String permuted(String tensor, List<Integer> order) {
    return "torch.permute(%s, %s)".formatted(tensor, MethodText.list(order));
  }

  private void broadcast(Value result, Value x, List<Integer> axes) {
    if (!(method.get(x) instanceof Operand.Tensor tensor)) {
      method.set(result, method.get(x));
      return;
    }
    Operand.Tensor widened = widened(tensor, axes, method.rank(result));
    if (widened.text().equals(tensor.text())) method.set(result, widened);
    else method.assign(result, widened.text(), widened);
  }

  /// The operand whose axes become `axes` of `rank`. New axes in front need no text, since torch
  /// aligns shapes at their ends; new axes further back get size 1.
  static Operand.Tensor widened(Operand.Tensor tensor, List<Integer> axes, int rank) {
    List<Integer> present = axes.subList(axes.size() - tensor.rank(), axes.size());
    int first = present.isEmpty() ? rank : present.getFirst();
    Set<Integer> ones = new HashSet<>();
    for (int one : tensor.ones()) ones.add(axes.get(one));
    String text = tensor.text();
    for (int axis = first; axis < rank; axis++) {
      if (present.contains(axis)) continue;
      ones.add(axis);
      text = "torch.unsqueeze(%s, %d)".formatted(text, axis - first);
    }
    return new Operand.Tensor(text, rank - first, ones);
  }

  private void slice(Value result, Layout.Slice op) {
    if (method.isSet(result)) return; // with the first slice of its split
    Split split = splits.get(op.x());
    switch (method.get(op.x())) {
      case Operand.Scalar scalar -> method.set(result, scalar);
      case Operand.Tensor tensor when tensor.isConstantAlong(op.axis(), method.rank(op.x())) ->
          method.set(result, tensor);
      case Operand.Tensor tensor when split != null && tensor.isWhole(method.rank(op.x())) ->
          method.assignEach(
              split.parts(),
              "torch.split_with_sizes(%s, %s, %d)"
                  .formatted(tensor.text(), method.shape(new Shape(split.sizes())), split.axis()));
      case Operand.Tensor tensor -> {
        int axis = op.axis() - (method.rank(op.x()) - tensor.rank());
        method.assign(result, sliced(tensor.text(), axis, op), tensor);
      }
    }
  }

  private String sliced(String tensor, int axis, Layout.Slice op) {
    if (op.step() == 1) {
      return "torch.narrow(%s, %d, %s, %s)"
          .formatted(tensor, axis, method.size(op.start()), method.size(op.size()));
    }
    Dim end = op.start().plus(op.size().times(Dim.of(op.step())));
    return "torch.slice(%s, %d, %s, %s, %d)"
        .formatted(tensor, axis, method.size(op.start()), method.size(end), op.step());
  }
}
