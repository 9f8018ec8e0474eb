package dune.runtime.verify;

import java.util.List;
import java.util.Optional;

/// What a verification found.
///
/// @param greatest the largest magnitude among the reference's logits, to which differences are
///   relative
/// @param difference the largest difference of any logit
/// @param worst where that is
/// @param diverging the first place where the difference exceeds the tolerance
/// @param continuations the greedy texts that were compared
public record Findings(
    double greatest,
    double difference,
    Place worst,
    Optional<Place> diverging,
    double tolerance,
    List<Continuation> continuations) {
  public Findings {
    continuations = List.copyOf(continuations);
  }

  /// A logit, and what it is here and in the reference.
  public record Place(int row, int step, int token, double ours, double theirs) {}

  /// A greedy continuation.
  ///
  /// @param way `cached` or `recomputed`
  /// @param tokens how many were compared
  /// @param diverging the index of the first token that differs
  public record Continuation(String way, int tokens, Optional<Integer> diverging) {}

  /// The largest difference over the largest magnitude.
  public double relative() {
    return greatest == 0 ? difference : difference / greatest;
  }

  public boolean agrees() {
    return diverging.isEmpty()
        && relative() <= tolerance
        && continuations.stream().allMatch(one -> one.diverging().isEmpty());
  }
}
