package dune.passes.time;

import dune.ir.Value;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What the analysis of a `forward` found: whether it can be continued, and what must be kept.
///
/// @param reasons why it cannot; empty if it can
/// @param reaches for every value that stands on the slots of a cache: which keys are looked at
record CachePlan(Axes axes, List<Reason> reasons, Map<Value, Reach> reaches) {
  CachePlan {
    reasons = List.copyOf(reasons);
    reaches = Map.copyOf(reaches);
  }

  /// Which keys are looked at, if `value` has a key axis that stands on a cache.
  Optional<Reach> reach(Value value) {
    return Optional.ofNullable(reaches.get(value));
  }
}
