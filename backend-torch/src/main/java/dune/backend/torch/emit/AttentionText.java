package dune.backend.torch.emit;

import dune.backend.torch.archive.Archive;
import dune.backend.torch.archive.TorchNames;
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
  private static final String HELPER = "attention";

  /// On the CPU, `scaled_dot_product_attention` multiplies bf16 without the processor's own
  /// instructions where libtorch is built without MKL, at a tenth of the speed of its other
  /// products. Keys of one row are walked head by head together; of several rows, where the cache
  /// has a gap between rows, one head after the other.
  private static final String BF16 =
      """
        def %1$s(self: %2$s, q: Tensor, k: Tensor, v: Tensor, mask: Tensor, scale: float) -> Tensor:
          if not ops.prim.is_cpu(q):
            return torch.scaled_dot_product_attention(q, k, v, mask, 0.0, False, scale=scale)
          if torch.size(q, 0) == 1:
            keys = torch.transpose(torch.squeeze(k, 0), 1, 2)
            scores = torch.baddbmm(torch.squeeze(mask, 0), torch.squeeze(q, 0), keys, beta=1, alpha=scale)
            return torch.unsqueeze(torch.bmm(torch.softmax(scores, -1), torch.squeeze(v, 0)), 0)
          heads = annotate(List[Tensor], [])
          shared = torch.squeeze(mask, 1)
          for head in range(torch.size(q, 1)):
            keys_1 = torch.transpose(torch.select(k, 1, head), 1, 2)
            scores_1 = torch.baddbmm(shared, torch.select(q, 1, head), keys_1, beta=1, alpha=scale)
            summed = torch.bmm(torch.softmax(scores_1, -1), torch.select(v, 1, head))
            appended = torch.append(heads, summed)
          return torch.stack(heads, 1)
      """;

  private final MethodText method;

  AttentionText(MethodText method) {
    this.method = method;
  }

  /// @param operands queries, keys, values, what is allowed, scale
  void emit(Value result, List<Value> operands) {
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
    String scale = method.number(operands.get(4));
    String product = call(queries.elem()).formatted(query, key, value, mask, scale);
    Type type = method.type(result);
    method.assign(result, steps ? method.reshaped(product, type.shape().dims()) : product);
  }

  private String call(Elem elem) {
    if (elem != Elem.BF16) {
      return "torch.scaled_dot_product_attention(%s, %s, %s, %s, 0.0, False, scale=%s)";
    }
    ProbeText probe = method.probe();
    String name =
        method.attributes().helper(HELPER, own -> probe.helper(BF16.formatted(own, Archive.CLASS)));
    return "(self)." + name + "(%s, %s, %s, %s, %s" + probe.arguments(name) + ")";
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
