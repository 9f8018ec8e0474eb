package dune.backend.torch.emit;

import dune.backend.torch.archive.TorchNames;
import dune.ir.Shape;
import dune.ir.Type;
import dune.ir.Value;
import dune.ir.dim.Dim;
import java.util.ArrayList;
import java.util.List;

/// Text of what is added to the scores of attention: minus infinity where a query may not look. All
/// layers with one mask share it.
///
/// @param queries `[B, T, KV, G, K]`, or for one step alone without `T`
record AttentionMask(MethodText method, Type queries) {

  /// 0 or minus infinity: `[B or 1, 1, T * G, S]`, or for one step alone `[B or 1, 1, 1, S]`.
  String of(Value allowed) {
    return method.once(
        List.of("mask", allowed, heads(), queries.elem()),
        () -> {
          String text = isOfSteps() ? repeated(allowed) : single(allowed);
          return method.let(
              "mask",
              "torch.to(torch.where(%s, 0.0, -inf), %d)"
                  .formatted(text, TorchNames.code(queries.elem())));
        });
  }

  /// A bias or minus infinity: `[B or 1, KV, T * G, S]`, in the type of the bias if queries have
  /// fewer bits.
  ///
  /// @param bias of the shape of scores
  String of(Value allowed, Value bias) {
    return method.once(List.of("bias", allowed, bias, heads()), () -> masked(allowed, bias));
  }

  private String masked(Value allowed, Value bias) {
    Type type = method.type(bias);
    Operand.Tensor terms = method.tensor(bias);
    boolean ofRows = isOfRows(allowed) || !terms.isConstantAlong(0, type.rank());
    var full = new ArrayList<>(type.shape().dims());
    if (!ofRows) full.set(0, Dim.ONE);
    Dim keys = full.getLast();
    var seen = new ArrayList<>(method.type(allowed).shape().dims());
    if (!isOfRows(allowed)) seen.addFirst(Dim.ONE);
    seen.addAll(seen.size() - 1, List.of(Dim.ONE, Dim.ONE));
    String text =
        "torch.where(%s, %s, -inf)"
            .formatted(method.reshaped(method.whole(allowed), seen), terms.text());
    if (queries.elem().bytes() >= 4) {
      text = "torch.to(%s, %d)".formatted(text, TorchNames.code(queries.elem()));
    }
    text = "torch.expand(%s, %s)".formatted(text, method.shape(new Shape(full)));
    if (isOfSteps()) {
      text =
          method.reshaped(
              "torch.permute(%s, [0, 2, 1, 3, 4])".formatted(text),
              List.of(full.getFirst(), full.get(2), rows(), keys));
    }
    return method.let("mask", text);
  }

  private String single(Value allowed) {
    List<Dim> dims = method.type(allowed).shape().dims();
    Dim batch = isOfRows(allowed) ? dims.getFirst() : Dim.ONE;
    return method.reshaped(method.whole(allowed), List.of(batch, Dim.ONE, Dim.ONE, dims.getLast()));
  }

  private String repeated(Value allowed) {
    var dims = new ArrayList<>(method.type(allowed).shape().dims());
    Dim batch = isOfRows(allowed) ? dims.getFirst() : Dim.ONE;
    Dim keys = dims.getLast();
    dims.add(dims.size() - 1, heads());
    String wide =
        "torch.expand(torch.unsqueeze(%s, -2), %s)"
            .formatted(method.whole(allowed), method.shape(new Shape(dims)));
    return method.reshaped(wide, List.of(batch, Dim.ONE, rows(), keys));
  }

  private boolean isOfSteps() {
    return queries.rank() == 5;
  }

  /// Whether a mask differs between rows of the batch.
  private boolean isOfRows(Value allowed) {
    return method.rank(allowed) == queries.rank() - 2;
  }

  private Dim heads() {
    return queries.dim(queries.rank() - 2);
  }

  private Dim rows() {
    return isOfSteps() ? queries.dim(1).times(heads()) : heads();
  }
}
