package dune.passes.join;

import dune.ir.Node;
import dune.ir.Source;
import dune.ir.Value;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// A product `input * weight^T (+ bias)`.
///
/// @param node computes it
/// @param bias the vector that is added
record Projection(Node node, Value input, Source.Weight weight, Optional<Source.Weight> bias) {

  /// The paths of what it reads.
  Set<String> paths() {
    return bias.isPresent() ? Set.of(weight.path(), bias.get().path()) : Set.of(weight.path());
  }

  /// The segments in which the paths of weights differ: `q_proj, k_proj, v_proj`.
  static String names(List<String> weights) {
    if (weights.size() == 1) return weights.getFirst();
    List<List<String>> paths =
        weights.stream().map(weight -> Arrays.asList(weight.split("\\."))).toList();
    return paths.stream()
        .map(
            path ->
                path.stream()
                    .filter(segment -> !paths.stream().allMatch(other -> other.contains(segment)))
                    .collect(Collectors.joining(".")))
        .collect(Collectors.joining(", "));
  }
}
