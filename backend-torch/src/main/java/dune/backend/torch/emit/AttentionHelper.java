package dune.backend.torch.emit;

import dune.backend.torch.archive.Archive;
import dune.ir.Control.FusedKind;

/// Text of the method that computes attention by two products and a softmax: for bf16 on the CPU,
/// and where `scaled_dot_product_attention` does not do what is asked for. It takes queries `[B,
/// KV, rows, K]`, keys and values `[B, KV, S, K]`, and a mask that is added.
///
/// Keys of one row of the batch are walked head by head together; of several rows, where the cache
/// has a gap between rows, one head after the other.
final class AttentionHelper {
  private static final String TEXT =
      """
        def %1$s(self: %2$s, q: Tensor, k: Tensor, v: Tensor, mask: Tensor, scale: float%3$s) -> Tensor:
      %4$s    if torch.size(q, 0) == 1:
            keys = torch.transpose(torch.squeeze(k, 0), 1, 2)
            scores = %5$s
            return torch.unsqueeze(torch.bmm(torch.softmax(scores, -1), torch.squeeze(v, 0)), 0)
          heads = annotate(List[Tensor], [])
          shared = torch.squeeze(mask, 1)
          for head in range(torch.size(q, 1)):
            keys_1 = torch.transpose(torch.select(k, 1, head), 1, 2)
            scores_1 = %6$s
            summed = torch.bmm(torch.softmax(scores_1, -1), torch.select(v, 1, head))
            appended = torch.append(heads, summed)
          return torch.stack(heads, 1)
      """;

  private static final String ON_OTHER_DEVICES =
      """
          if not ops.prim.is_cpu(q):
            return torch.scaled_dot_product_attention(q, k, v, mask, 0.0, False, scale=scale)
      """;

  private AttentionHelper() {}

  static String wish(FusedKind kind) {
    return kind == FusedKind.CAPPED_ATTENTION ? "capped_attention" : "attention";
  }

  static String text(FusedKind kind, String name) {
    boolean capped = kind == FusedKind.CAPPED_ATTENTION;
    return TEXT.formatted(
        name,
        Archive.CLASS,
        capped ? ", cap: float" : "",
        capped ? "" : ON_OTHER_DEVICES,
        scores(kind, "torch.squeeze(mask, 0)", "torch.squeeze(q, 0)", "keys"),
        scores(kind, "shared", "torch.select(q, 1, head)", "keys_1"));
  }

  private static String scores(FusedKind kind, String mask, String queries, String keys) {
    String product =
        "torch.baddbmm(%s, %s, %s, ".formatted(mask, queries, keys) + "beta=%d, alpha=%s)";
    return kind == FusedKind.CAPPED_ATTENTION
        ? "torch.add(%s, torch.tanh_(%s), alpha=cap)"
            .formatted(mask, product.formatted(0, "scale / cap"))
        : product.formatted(1, "scale");
  }
}
