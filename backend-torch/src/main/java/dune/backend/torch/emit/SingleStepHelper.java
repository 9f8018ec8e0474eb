package dune.backend.torch.emit;

import dune.backend.torch.archive.Archive;
import dune.backend.torch.archive.TorchNames;
import dune.ir.Attention;
import dune.ir.Control.FusedKind;
import dune.ir.Elem;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Text of attention of a single step, in f32 at least: those kernels walk keys and values faster
/// than those of half precision, the copies included.
///
/// Where there may be any number of keys, it attends to {@link Attention#block} of them at a time:
/// the mask of these, and these in f32, are all that it needs memory for. What each gives is
/// weighed by the sum of its exponentials, whose logarithm is kept (arXiv 1805.02867).
///
/// @param keys computes the mask of some keys; without it, the mask is that of all
record SingleStepHelper(MethodText method, Attention attention, Optional<KeysHelper> keys) {
  private static final String HEAD =
      "  def %s(self: %s, q: Tensor, k: Tensor, v: Tensor, mask: Tensor, scale: float%s) -> %s:\n";

  /// On other devices `scaled_dot_product_attention` reads keys as they are.
  private static final String ON_OTHER_DEVICES =
      """
          if not ops.prim.is_cpu(q):
            whole = (self).%s(q, 0, torch.size(k, 2)%s)
            return torch.scaled_dot_product_attention(q, k, v, torch.to(whole, ops.prim.dtype(q)), 0.0, False, scale=scale)
      """;

  private static final String ALL =
      """
          own_mask = torch.to(mask, %1$d)
          out, total = (self).%2$s(torch.to(q, %1$d), torch.to(k, %1$d), torch.to(v, %1$d), own_mask, scale%3$s)
      """;

  private static final String BLOCKS =
      """
          count = torch.size(k, 2)
          wide = torch.to(q, %1$d)
          first_keys = torch.to(torch.slice(k, 2, 0, %4$d), %1$d)
          first_values = torch.to(torch.slice(v, 2, 0, %4$d), %1$d)
          out, total = (self).%2$s(wide, first_keys, first_values, mask, scale%3$s)
          for block in range(1, (count + %5$d) // %4$d):
            begin = block * %4$d
            until = begin + %4$d if begin + %4$d < count else count
            next_mask = %6$s
            next_keys = torch.to(torch.slice(k, 2, begin, until), %1$d)
            next_values = torch.to(torch.slice(v, 2, begin, until), %1$d)
            next_out, next_total = (self).%2$s(wide, next_keys, next_values, next_mask, scale%3$s)
            both = torch.logaddexp(total, next_total)
            share = torch.unsqueeze(torch.exp(torch.sub(total, both)), -1)
            next_share = torch.unsqueeze(torch.exp(torch.sub(next_total, both)), -1)
            out = torch.add(torch.mul(out, share), torch.mul(next_out, next_share))
            total = both
      """;

  /// The sink is a further exponential in the sum.
  private static final String SINKS =
      """
          sunk = torch.sigmoid(torch.sub(total, torch.to(sinks, %d)))
          out = torch.mul(out, torch.unsqueeze(sunk, -1))
      """;

  /// Gives the logarithm of the sum too.
  private static final String ONE_KERNEL =
      """
          if ops.prim.is_cpu(q):
            return torch._scaled_dot_product_flash_attention_for_cpu(q, k, v, 0.0, False, attn_mask=mask, scale=scale)
      """;

  private static final String PRODUCTS =
      """
          scores = torch.mul(torch.matmul(q, torch.transpose(k, 2, 3)), scale)
      %s    masked = torch.add(scores, mask)
          return (torch.matmul(torch.softmax(masked, -1), v), torch.logsumexp(masked, [-1]))
      """;

  private static final String CAP =
      """
          scores = torch.mul(torch.tanh(torch.div(scores, cap)), cap)
      """;

  /// What queries of this type are widened to.
  static Elem wide(Elem elem) {
    return elem.bytes() < 4 ? Elem.F32 : elem;
  }

  /// @param operands queries, keys, values, and the mask of all or of the first keys
  String call(String operands) {
    ProbeText probe = method.probe();
    String block = block();
    String wish = "single_" + attention.kind().name().toLowerCase(Locale.ROOT);
    List<Object> same = List.of(wish, block, elem(), keys.map(KeysHelper::name));
    String name = method.attributes().helper(same, wish, own -> probe.helper(text(own, block)));
    String extra =
        switch (attention.kind()) {
          case CAPPED_ATTENTION -> ", " + method.number(attention.extra().orElseThrow());
          case SINKING_ATTENTION -> ", " + method.whole(attention.extra().orElseThrow());
          default -> "";
        };
    return "(self).%s(%s, %s%s%s%s)"
        .formatted(
            name,
            operands,
            method.number(attention.scale()),
            extra,
            keys.map(KeysHelper::texts).orElse(""),
            probe.arguments(name));
  }

  private Elem elem() {
    return method.type(attention.queries()).elem();
  }

  private String text(String own, String block) {
    boolean isPlain =
        attention.kind() == FusedKind.ATTENTION || attention.kind() == FusedKind.BIASED_ATTENTION;
    String cap = attention.kind() == FusedKind.CAPPED_ATTENTION ? ", cap: float" : "";
    String sinks = attention.kind() == FusedKind.SINKING_ATTENTION ? ", sinks: Tensor" : "";
    int wide = TorchNames.code(wide(elem()));
    String handed = cap.isEmpty() ? "" : ", cap";
    var text = new StringBuilder();
    text.append(
        HEAD.formatted(
            own,
            Archive.CLASS,
            cap + sinks + keys.map(KeysHelper::parameters).orElse(""),
            "Tensor"));
    if (keys.isEmpty()) text.append(ALL.formatted(wide, block, handed));
    else {
      String rest = keys.get().names() + method.probe().handedOn();
      if (isPlain) text.append(ON_OTHER_DEVICES.formatted(keys.get().name(), rest));
      text.append(
          BLOCKS.formatted(
              wide,
              block,
              handed,
              Attention.block(elem()),
              Attention.block(elem()) - 1,
              "(self).%s(q, begin, until%s)".formatted(keys.get().name(), rest)));
    }
    if (!sinks.isEmpty()) text.append(SINKS.formatted(wide));
    text.append("    return torch.to(out, ops.prim.dtype(q))\n");
    return text.toString();
  }

  /// The helper that attends to all keys that it gets, and gives the logarithm of the sum of their
  /// exponentials too.
  private String block() {
    // The kernel wants keys and values of one size.
    boolean isKernel = attention.isOfOneWidth(method::type);
    boolean isCapped = attention.kind() == FusedKind.CAPPED_ATTENTION;
    String wish = isCapped ? "attend_capped" : isKernel ? "attend" : "attend_apart";
    return method
        .attributes()
        .helper(
            wish,
            own ->
                HEAD.formatted(
                        own, Archive.CLASS, isCapped ? ", cap: float" : "", "Tuple[Tensor, Tensor]")
                    + (isKernel && !isCapped ? ONE_KERNEL : "")
                    + PRODUCTS.formatted(isCapped ? CAP : ""));
  }
}
