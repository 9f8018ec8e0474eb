package dune.backend.torch.emit;

import dune.ir.Attention;
import dune.ir.Control.Fused;
import dune.ir.Control.FusedKind;
import dune.ir.Elem;
import dune.ir.Origin;
import dune.ir.Shape;
import dune.ir.Type;
import dune.ir.Value;
import dune.ir.dim.Dim;
import java.util.List;
import java.util.Optional;

/// Text of fused attention. The heads that share a key become further queries of it, so that no key
/// is copied: queries `[B, KV, T * G, K]`, keys `[B, KV, S, K]`. Of a single step there are few
/// queries for as many keys: {@link SingleStepHelper}.
final class AttentionText {
  private final MethodText method;
  private final NodesText nodes;

  AttentionText(MethodText method, NodesText nodes) {
    this.method = method;
    this.nodes = nodes;
  }

  void emit(Value result, Attention attention) {
    Type queries = method.type(attention.queries());
    boolean steps = attention.hasSteps(method::type);
    Dim heads = attention.heads(method::type);
    Dim rows = steps ? queries.dim(1).times(heads) : heads;
    String query = method.whole(attention.queries());
    if (steps) {
      query =
          method.reshaped(
              "torch.permute(%s, [0, 2, 1, 3, 4])".formatted(query),
              List.of(queries.dim(0), queries.dim(2), rows, queries.dim(4)));
    }
    String operands =
        "%s, torch.permute(%s, [0, 2, 1, 3]), torch.permute(%s, [0, 2, 1, 3])"
            .formatted(query, method.whole(attention.keys()), method.whole(attention.values()));
    String product = product(attention, operands, rows);
    Type type = method.type(result);
    method.assign(result, steps ? method.reshaped(product, type.shape().dims()) : product);
  }

  private String product(Attention attention, String operands, Dim rows) {
    Elem elem = method.type(attention.queries()).elem();
    String single = method.learns() ? "False" : method.isOne(attention.steps(method::type));
    boolean grows = attention.grows(method::type);
    if (single.equals("False") || !grows && elem.bytes() >= 4) {
      return ofSteps(attention, operands + ", " + wholeMask(attention), rows);
    }
    Optional<KeysHelper> keys =
        grows
            ? Optional.of(
                method.once(
                    List.of("keys", attention.sharing(method::type)),
                    () -> KeysHelper.of(method, attention)))
            : Optional.empty();
    String mask =
        keys.map(each -> either(single, each, attention)).orElseGet(() -> wholeMask(attention));
    String all = operands + ", " + mask;
    String alone = new SingleStepHelper(method, attention, keys).call(all);
    return single.equals("True")
        ? alone
        : "%s if %s else %s".formatted(alone, single, ofSteps(attention, all, rows));
  }

  /// The mask for the first keys, of a single step, or for all of them, of several. All layers with
  /// one mask share it.
  private String either(String single, KeysHelper keys, Attention attention) {
    String past = method.size(attention.past(method::type));
    int block = Attention.block(method.type(attention.queries()).elem());
    String first = keys.first(method.whole(attention.queries()), past, block, method.probe());
    if (single.equals("True")) {
      return method.once(List.of("first mask", keys), () -> method.let("mask", first));
    }
    return method.once(
        List.of("mask", attention.sharing(method::type)),
        () -> {
          String mask = method.fresh("mask");
          method.line("if %s:".formatted(single));
          method.indent();
          method.line("%s = %s".formatted(mask, first));
          method.dedent();
          method.line("else:");
          method.indent();
          method.line("%s = %s".formatted(mask, computedMask(attention)));
          method.dedent();
          return mask;
        });
  }

  private String wholeMask(Attention attention) {
    return method.once(
        List.of("mask", attention.sharing(method::type)),
        () -> method.let("mask", computedMask(attention)));
  }

  private String computedMask(Attention attention) {
    Value allowed = inlined(attention.mask());
    Optional<Value> bias = attention.bias().map(this::inlined);
    var mask = new AttentionMask(method, method.type(attention.queries()));
    return bias.map(each -> mask.of(allowed, each)).orElseGet(() -> mask.of(allowed));
  }

  private Value inlined(Fused region) {
    Origin origin = method.origin();
    method.hand(region);
    nodes.emit(region.body().nodes());
    method.at(origin);
    return region.body().results().getFirst();
  }

  /// @param operands queries, keys, values, mask
  private String ofSteps(Attention attention, String operands, Dim rows) {
    FusedKind kind = attention.kind();
    Elem elem = method.type(attention.queries()).elem();
    String scale = method.number(attention.scale());
    if (kind == FusedKind.ATTENTION && elem == Elem.F32 && method.learns()) {
      String name = method.attributes().helper("learned_attention", AttentionHelper::learned);
      return "(self).%s(%s, %s)".formatted(name, operands, scale);
    }
    if (isOneKernel(attention)) {
      return "torch.scaled_dot_product_attention(%s, 0.0, False, scale=%s)"
          .formatted(operands, scale);
    }
    ProbeText probe = method.probe();
    String name =
        method
            .attributes()
            .helper(
                AttentionHelper.wish(kind), own -> probe.helper(AttentionHelper.text(kind, own)));
    String extra =
        switch (kind) {
          case CAPPED_ATTENTION -> ", " + method.number(attention.extra().orElseThrow());
          case SINKING_ATTENTION ->
              ", " + sinks(attention.extra().orElseThrow(), method.type(attention.queries()), rows);
          default -> "";
        };
    return "(self).%s(%s, %s%s%s)".formatted(name, operands, scale, extra, probe.arguments(name));
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

  /// On the CPU, `scaled_dot_product_attention` multiplies bf16 without the processor's own
  /// instructions where libtorch is built without MKL, at a tenth of the speed of its other
  /// products, and has no kernel for keys and values of two sizes. A bias would be rounded to the
  /// type of the queries.
  private boolean isOneKernel(Attention attention) {
    Elem elem = method.type(attention.queries()).elem();
    if (!attention.isOfOneWidth(method::type)) return false;
    return switch (attention.kind()) {
      case ATTENTION -> elem != Elem.BF16;
      case BIASED_ATTENTION -> elem.bytes() >= 4;
      default -> false;
    };
  }
}
