package dune.backend.torch.emit;

import dune.ir.Control;
import dune.ir.Region;
import dune.ir.Shape;
import dune.ir.Type;
import dune.ir.Value;
import dune.ir.dim.Dim;
import java.util.ArrayList;
import java.util.List;

/// Text of fused groups: a call where libtorch has a kernel for the kind, else the body in its
/// place.
final class FusedText {
  private final MethodText method;
  private final NodesText nodes;

  FusedText(MethodText method, NodesText nodes) {
    this.method = method;
    this.nodes = nodes;
  }

  void emit(List<Value> results, Control.Fused op) {
    switch (op.kind()) {
      case ATTENTION -> attention(results.getFirst(), op.operands());
      case SWIGLU -> swiglu(results.getFirst(), op.operands());
      // `rms_norm` is no kernel on the CPU, and rounds once where the body may round twice.
      case RMS_NORM, REGION -> inline(results, op);
    }
  }

  /// The body in its place.
  private void inline(List<Value> results, Control.Fused op) {
    Region body = op.body();
    for (int i = 0; i < op.operands().size(); i++) {
      method.set(body.arguments().get(i), method.get(op.operands().get(i)));
    }
    nodes.emit(body.nodes());
    for (int i = 0; i < results.size(); i++) {
      method.set(results.get(i), method.get(body.results().get(i)));
    }
  }

  private void swiglu(Value result, List<Value> operands) {
    String gate = "torch.silu(%s)".formatted(method.whole(operands.getFirst()));
    method.assign(result, "torch.mul(%s, %s)".formatted(gate, method.whole(operands.getLast())));
  }

  /// The heads that share a key become further queries of it, so that no key is copied: queries
  /// `[B, KV, T * G, K]`, keys `[B, KV, S, K]`.
  private void attention(Value result, List<Value> operands) {
    Type queries = method.type(operands.getFirst());
    boolean steps = queries.rank() == 5;
    Dim heads = queries.dim(queries.rank() - 2);
    Dim rows = steps ? queries.dim(1).times(heads) : heads;
    String query = method.whole(operands.getFirst());
    if (steps) {
      query =
          method.reshaped(
              "torch.permute(%s, [0, 2, 1, 3, 4])".formatted(query),
              List.of(queries.dim(0), queries.dim(2), rows, queries.dim(4)));
    }
    String key = "torch.permute(%s, [0, 2, 1, 3])".formatted(method.whole(operands.get(1)));
    String value = "torch.permute(%s, [0, 2, 1, 3])".formatted(method.whole(operands.get(2)));
    String mask = mask(operands.get(3), steps, rows, heads);
    String scale =
        switch (method.get(operands.get(4))) {
          case Operand.Scalar number -> number.text();
          case Operand.Tensor tensor -> "float(%s)".formatted(tensor.text());
        };
    String product =
        "torch.scaled_dot_product_attention(%s, %s, %s, %s, 0.0, False, scale=%s)"
            .formatted(query, key, value, mask, scale);
    Type type = method.type(result);
    method.assign(result, steps ? method.reshaped(product, type.shape().dims()) : product);
  }

  /// `[B or 1, 1, T * G, S]`, or for one step alone `[B or 1, 1, 1, S]`.
  private String mask(Value allowed, boolean steps, Dim rows, Dim heads) {
    String text = method.whole(allowed);
    var dims = new ArrayList<>(method.type(allowed).shape().dims());
    Dim keys = dims.removeLast();
    if (!steps) {
      return method.reshaped(
          text, List.of(dims.isEmpty() ? Dim.ONE : dims.getFirst(), Dim.ONE, Dim.ONE, keys));
    }
    Dim batch = dims.size() == 2 ? dims.getFirst() : Dim.ONE;
    Dim count = dims.getLast();
    String repeated =
        "torch.expand(torch.unsqueeze(%s, -2), %s)"
            .formatted(
                text,
                method.shape(
                    new Shape(
                        dims.size() == 2
                            ? List.of(batch, count, heads, keys)
                            : List.of(count, heads, keys))));
    return method.reshaped(repeated, List.of(batch, Dim.ONE, rows, keys));
  }
}
