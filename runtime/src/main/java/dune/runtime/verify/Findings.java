package dune.runtime.verify;

import dune.runtime.model.TorchModel.Mode;
import java.util.List;
import java.util.Optional;

/// What a verification found.
///
/// @param greatest the largest magnitude among the reference's logits, to which differences are
///   relative
/// @param tolerance what a difference may be, relative to that
/// @param logits of the whole sequences at once, and from the caches if the model has them
/// @param texts the greedy continuations that were compared
public record Findings(
    double greatest, double tolerance, List<Comparison> logits, List<Continuation> texts) {
  public Findings {
    logits = List.copyOf(logits);
    texts = List.copyOf(texts);
  }

  /// A logit, and what it is here and in the reference.
  public record Place(int row, int step, int token, double ours, double theirs) {}

  /// All logits, computed in one way.
  ///
  /// @param difference the largest of any logit
  /// @param relative the same over the largest magnitude
  /// @param worst where that is
  /// @param diverging the first place where the difference exceeds the tolerance
  public record Comparison(
      Mode way, double difference, double relative, Place worst, Optional<Place> diverging) {}

  /// A greedy continuation.
  ///
  /// @param tokens how many were compared
  /// @param diverging the index of the first token that differs
  public record Continuation(Mode way, int tokens, Optional<Integer> diverging) {}

  public boolean agrees() {
    return logits.stream().allMatch(one -> one.diverging().isEmpty())
        && texts.stream().allMatch(one -> one.diverging().isEmpty());
  }
}
