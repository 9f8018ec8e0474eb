package dune.frontend.resolve;

import java.util.Map;
import java.util.Optional;

/// Functions that authors know from PyTorch and NumPy, and what is written here instead.
final class ForeignNames {
  private static final Map<String, String> INSTEAD =
      Map.ofEntries(
          Map.entry("reshape", "`x as [B, T, H, K]` splits and merges axes"),
          Map.entry("view", "`x as [B, T, H, K]` splits and merges axes"),
          Map.entry("flatten", "`x as [B, T * D]` splits and merges axes"),
          Map.entry("permute", "axes meet by name, so their order has no meaning: leave it out"),
          Map.entry("transpose", "axes meet by name, so their order has no meaning: leave it out"),
          Map.entry("unsqueeze", "an axis that one side lacks is added by itself: leave it out"),
          Map.entry("expand", "an axis that one side lacks is added by itself: leave it out"),
          Map.entry("matmul", "`dot(a, b, over K)` multiplies and sums along K"),
          Map.entry("einsum", "`dot(a, b, over K)` multiplies and sums along K"),
          Map.entry("bmm", "`dot(a, b, over K)` multiplies and sums along K"),
          Map.entry("cat", "`concat(a, b, over K)` joins along K"),
          Map.entry("stack", "`for t in T { ... }` stacks the values of its body along T"),
          Map.entry("arange", "`position(T)` counts along T"),
          Map.entry("gather", "`x[V = i]` takes the places i of V"),
          Map.entry("index_select", "`x[V = i]` takes the places i of V"),
          Map.entry("topk", "`let best, which = top(x, k, over E)`"),
          Map.entry("masked_fill", "`where(condition, a, b)` chooses for each element"),
          Map.entry("pow", "`x ** y`"),
          Map.entry("tril", "`where(causal(query = T, key = S), scores, -inf)` hides later keys"),
          Map.entry("ModuleList", "`[Layer() for i in 0 .. L]` is a list of blocks"),
          Map.entry("Parameter", "`weight: param[N, D] = normal(0.02)` declares a weight"),
          Map.entry("self", "members and weights are called by their names alone"));

  private ForeignNames() {}

  static Optional<String> instead(String name) {
    return Optional.ofNullable(INSTEAD.get(name));
  }
}
