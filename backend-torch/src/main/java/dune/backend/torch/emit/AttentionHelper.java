package dune.backend.torch.emit;

import dune.backend.torch.archive.Archive;
import dune.ir.Control.FusedKind;
import java.util.Locale;

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
            shares = %5$s
            return torch.unsqueeze(torch.bmm(shares, torch.squeeze(v, 0)), 0)
          heads = annotate(List[Tensor], [])
          masks = torch.expand(mask, [-1, torch.size(q, 1), -1, -1])
          for head in range(torch.size(q, 1)):
            keys_1 = torch.transpose(torch.select(k, 1, head), 1, 2)
            shares_1 = %6$s
            appended = torch.append(heads, torch.bmm(shares_1, torch.select(v, 1, head)))
          return torch.stack(heads, 1)
      """;

  private static final String ON_OTHER_DEVICES =
      """
          if not ops.prim.is_cpu(q):
            return torch.scaled_dot_product_attention(q, k, v, mask, 0.0, False, scale=scale)
      """;

  /// Attention through which gradients flow. OpenBLAS shares a product of more than 2^18
  /// multiplications among threads of its own, and `scaled_dot_product_attention` makes such of up
  /// to 32 queries, or 64 from 192 on, in threads that it has started already: they would wait for
  /// one another at each.
  private static final String LEARNED =
      """
        def %1$s(self: %2$s, q: Tensor, k: Tensor, v: Tensor, mask: Tensor, scale: float) -> Tensor:
          rows = torch.size(q, 2)
          keys = torch.size(k, 2)
          width = torch.size(q, 3)
          if not ops.prim.is_cpu(q) or (rows < 192 and keys * width <= 8192):
            return torch.scaled_dot_product_attention(q, k, v, mask, 0.0, False, scale=scale)
          heads = torch.size(q, 0) * torch.size(q, 1)
          masks = torch.reshape(torch.expand(mask, [-1, torch.size(q, 1), -1, -1]), [heads, rows, keys]) if torch.size(mask, 0) > 1 else torch.squeeze(mask, 0)
          across = torch.transpose(torch.reshape(k, [heads, keys, width]), 1, 2)
          scores = torch.baddbmm(masks, torch.reshape(q, [heads, rows, width]), across, beta=1, alpha=scale)
          values = torch.reshape(v, [heads, keys, torch.size(v, 3)])
          product = torch.bmm(torch.softmax(scores, -1), values)
          return torch.reshape(product, [torch.size(q, 0), torch.size(q, 1), rows, torch.size(v, 3)])
      """;

  private AttentionHelper() {}

  static String learned(String name) {
    return LEARNED.formatted(name, Archive.CLASS);
  }

  static String wish(FusedKind kind) {
    return kind.name().toLowerCase(Locale.ROOT);
  }

  static String text(FusedKind kind, String name) {
    return TEXT.formatted(
        name,
        Archive.CLASS,
        extra(kind),
        kind == FusedKind.ATTENTION ? ON_OTHER_DEVICES : "",
        shares(kind, "torch.squeeze(mask, 0)", "torch.squeeze(q, 0)", "keys", "sinks"),
        shares(
            kind,
            "torch.select(masks, 1, head)",
            "torch.select(q, 1, head)",
            "keys_1",
            "torch.expand(torch.select(sinks, 0, head), [torch.size(q, 0), -1, -1])"));
  }

  private static String extra(FusedKind kind) {
    return switch (kind) {
      case CAPPED_ATTENTION -> ", cap: float";
      case SINKING_ATTENTION -> ", sinks: Tensor";
      default -> "";
    };
  }

  /// The text of the softmax, for `[n, rows, K]` and `[n, K, S]`.
  private static String shares(
      FusedKind kind, String mask, String queries, String keys, String sinks) {
    return switch (kind) {
      case ATTENTION ->
          "torch.softmax(torch.baddbmm(%s, %s, %s, beta=1, alpha=scale), -1)"
              .formatted(mask, queries, keys);
      case CAPPED_ATTENTION ->
          "torch.softmax(torch.add(%1$s, torch.tanh_(torch.baddbmm(%1$s, %2$s, %3$s, beta=0, alpha=scale / cap)), alpha=cap), -1)"
              .formatted(mask, queries, keys);
      // The mask may be finer than the product, and makes the sum so.
      case BIASED_ATTENTION ->
          "torch.to(torch.softmax(torch.add(%s, torch.bmm(%s, %s), alpha=scale), -1), ops.prim.dtype(q))"
              .formatted(mask, queries, keys);
      // The sinks are one more key, whose share is left out.
      case SINKING_ATTENTION ->
          "torch.slice(torch.softmax(torch.cat([torch.baddbmm(%s, %s, %s, beta=1, alpha=scale), %s], -1), -1), -1, 0, -1)"
              .formatted(mask, queries, keys, sinks);
      default -> throw new IllegalArgumentException(kind + " is no attention");
    };
  }
}
