package dune.backend.torch.emit;

import dune.backend.torch.archive.TorchNames;
import dune.ir.Control.FusedKind;
import dune.ir.Elem;
import dune.ir.Shape;
import dune.ir.Type;
import dune.ir.Value;
import dune.ir.dim.Dim;
import java.util.ArrayList;
import java.util.List;

/// Text of fused attention. The heads that share a key become further queries of it, so that no key
/// is copied: queries `[B, KV, T * G, K]`, keys `[B, KV, S, K]`.
final class AttentionText {
  private final MethodText method;

  AttentionText(MethodText method) {
    this.method = method;
  }

  /// @param operands queries, keys, values, what is allowed, scale, and what else the kind takes
  void emit(Value result, FusedKind kind, List<Value> operands) {
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
    String mask = mask(operands.get(3), steps, rows, heads, queries.elem());
    var arguments = new ArrayList<>(List.of(query, key, value, mask));
    for (Value number : operands.subList(4, operands.size())) {
      arguments.add(method.number(number));
    }
    String product = call(kind, queries.elem(), arguments);
    Type type = method.type(result);
    method.assign(result, steps ? method.reshaped(product, type.shape().dims()) : product);
  }

  /// On the CPU, `scaled_dot_product_attention` multiplies bf16 without the processor's own
  /// instructions where libtorch is built without MKL, at a tenth of the speed of its other
  /// products.
  private String call(FusedKind kind, Elem elem, List<String> arguments) {
    if (kind == FusedKind.ATTENTION && elem != Elem.BF16) {
      return "torch.scaled_dot_product_attention(%s, %s, %s, %s, 0.0, False, scale=%s)"
          .formatted(arguments.toArray());
    }
    ProbeText probe = method.probe();
    String name =
        method
            .attributes()
            .helper(
                AttentionHelper.wish(kind), own -> probe.helper(AttentionHelper.text(kind, own)));
    return "(self).%s(%s%s)".formatted(name, String.join(", ", arguments), probe.arguments(name));
  }

  /// What is added to the scores, 0 or minus infinity: `[B or 1, 1, T * G, S]`, or for one step
  /// alone `[B or 1, 1, 1, S]`. All layers with one mask share it.
  private String mask(Value allowed, boolean steps, Dim rows, Dim heads, Elem elem) {
    return method.once(
        List.of("mask", allowed, heads, elem),
        () -> {
          String text = steps ? repeated(allowed, rows, heads) : single(allowed);
          return method.let(
              "mask",
              "torch.to(torch.where(%s, 0.0, -inf), %d)".formatted(text, TorchNames.code(elem)));
        });
  }

  private String single(Value allowed) {
    List<Dim> dims = method.type(allowed).shape().dims();
    Dim batch = dims.size() == 2 ? dims.getFirst() : Dim.ONE;
    return method.reshaped(method.whole(allowed), List.of(batch, Dim.ONE, Dim.ONE, dims.getLast()));
  }

  private String repeated(Value allowed, Dim rows, Dim heads) {
    var dims = new ArrayList<>(method.type(allowed).shape().dims());
    Dim batch = dims.size() == 3 ? dims.getFirst() : Dim.ONE;
    Dim keys = dims.getLast();
    dims.add(dims.size() - 1, heads);
    String wide =
        "torch.expand(torch.unsqueeze(%s, -2), %s)"
            .formatted(method.whole(allowed), method.shape(new Shape(dims)));
    return method.reshaped(wide, List.of(batch, Dim.ONE, rows, keys));
  }
}
