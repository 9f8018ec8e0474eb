package dune.backend.torch.emit;

import dune.ir.Indexing;
import dune.ir.Shape;
import dune.ir.Type;
import dune.ir.Value;
import dune.ir.dim.Dim;
import java.util.ArrayList;
import java.util.List;

/// Text of the operations that read at places given by a tensor.
final class IndexingText {
  private final MethodText method;

  IndexingText(MethodText method) {
    this.method = method;
  }

  void emit(Value result, Indexing op) {
    switch (op) {
      case Indexing.Gather gather -> gather(result, gather);
    }
  }

  private void gather(Value result, Indexing.Gather op) {
    switch (method.get(op.x())) {
      case Operand.Scalar scalar -> method.set(result, scalar);
      case Operand.Tensor _ when op.batch() > 0 -> batched(result, op);
      case Operand.Tensor _ -> {
        String x = method.whole(op.x());
        if (method.get(op.indices()) instanceof Operand.Scalar index
            && method.rank(op.indices()) == 0) {
          method.assign(result, "torch.select(%s, %d, %s)".formatted(x, op.axis(), index.text()));
        } else flat(result, op, x);
      }
    }
  }

  private void flat(Value result, Indexing.Gather op, String x) {
    Type source = method.type(op.x());
    Type index = method.type(op.indices());
    String indices = method.whole(op.indices());
    if (op.axis() == 0 && source.rank() == 2 && source.elem().isFloat()) {
      method.assign(result, "torch.embedding(%s, %s)".formatted(x, indices));
      return;
    }
    if (index.rank() != 1) indices = method.reshaped(indices, List.of(index.shape().count()));
    String picked = "torch.index_select(%s, %d, %s)".formatted(x, op.axis(), indices);
    method.assign(
        result,
        index.rank() == 1 ? picked : method.reshaped(picked, method.type(result).shape().dims()));
  }

  /// `torch.gather` over `[batch, before, axis, after]`, with the indices repeated along `before`
  /// and `after`.
  private void batched(Value result, Indexing.Gather op) {
    Type source = method.type(op.x());
    Type index = method.type(op.indices());
    List<Dim> dims = source.shape().dims();
    Dim batch = Dim.product(dims.subList(0, op.batch()));
    Dim before = Dim.product(dims.subList(op.batch(), op.axis()));
    Dim after = Dim.product(dims.subList(op.axis() + 1, dims.size()));
    Dim count = Dim.product(index.shape().dims().subList(op.batch(), index.rank()));
    String x =
        method.reshaped(method.whole(op.x()), List.of(batch, before, source.dim(op.axis()), after));
    String narrow =
        method.reshaped(method.whole(op.indices()), List.of(batch, Dim.ONE, count, Dim.ONE));
    String indices =
        "torch.expand(%s, %s)"
            .formatted(narrow, method.shape(Shape.of(batch, before, count, after)));
    method.assign(
        result,
        method.reshaped(
            "torch.gather(%s, 2, %s)".formatted(x, indices),
            new ArrayList<>(method.type(result).shape().dims())));
  }
}
