package dune.backend.torch.emit;

import dune.backend.torch.run.Kernels;
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
    var masks = new AttentionMask(method, queries);
    var arguments = new ArrayList<>(List.of(query, key, value));
    if (kind == FusedKind.BIASED_ATTENTION) {
      arguments.add(masks.of(operands.get(3), operands.get(5)));
    } else {
      arguments.add(masks.of(operands.get(3)));
    }
    arguments.add(method.number(operands.get(4)));
    if (!isOneKernel(kind, queries.elem())) arguments.add(single(kind, queries));
    if (kind == FusedKind.CAPPED_ATTENTION) arguments.add(method.number(operands.get(5)));
    if (kind == FusedKind.SINKING_ATTENTION) arguments.add(sinks(operands.get(5), queries, rows));
    String product = call(kind, queries.elem(), arguments);
    Type type = method.type(result);
    method.assign(result, steps ? method.reshaped(product, type.shape().dims()) : product);
  }

  private String single(FusedKind kind, Type queries) {
    if (queries.elem().bytes() != 2) return "False";
    // Those of oneDNN take values as they lie.
    boolean turns = kind == FusedKind.CAPPED_ATTENTION || kind == FusedKind.SINKING_ATTENTION;
    if (turns && method.single() == Kernels.MATRIX) return "False";
    Dim tokens = queries.rank() == 5 ? queries.dim(0).times(queries.dim(1)) : queries.dim(0);
    return method.isOne(tokens);
  }

  /// The score of its sink for each query: `[KV, T * G, 1]`.
  private String sinks(Value sinks, Type queries, Dim rows) {
    Type type = method.type(sinks);
    String text = method.whole(sinks);
    if (queries.rank() == 5) {
      var dims = new Shape(List.of(type.dim(0), queries.dim(1), type.dim(1)));
      text = "torch.expand(torch.unsqueeze(%s, 1), %s)".formatted(text, method.shape(dims));
    }
    return method.reshaped(text, List.of(type.dim(0), rows, Dim.ONE));
  }

  private String call(FusedKind kind, Elem elem, List<String> arguments) {
    if (kind == FusedKind.ATTENTION && elem == Elem.F32 && method.learns()) {
      String name = method.attributes().helper("learned_attention", AttentionHelper::learned);
      return "(self).%s(%s)".formatted(name, String.join(", ", arguments));
    }
    if (isOneKernel(kind, elem)) {
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

  /// On the CPU, `scaled_dot_product_attention` multiplies bf16 without the processor's own
  /// instructions where libtorch is built without MKL, at a tenth of the speed of its other
  /// products. A bias would be rounded to the type of the queries.
  private static boolean isOneKernel(FusedKind kind, Elem elem) {
    return switch (kind) {
      case ATTENTION -> elem != Elem.BF16;
      case BIASED_ATTENTION -> elem.bytes() >= 4;
      default -> false;
    };
  }
}
