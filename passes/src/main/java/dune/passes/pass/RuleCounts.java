package dune.passes.pass;

import dune.ir.Origin;
import java.util.Collections;
import java.util.SequencedMap;
import java.util.TreeMap;

/// Counts how often each rewrite rule fired.
public final class RuleCounts implements Observer {
  private final TreeMap<String, Integer> counts = new TreeMap<>();

  @Override
  public void fired(String rule, Origin origin) {
    counts.merge(rule, 1, Integer::sum);
  }

  /// Firings by the name of the rule, in alphabetical order.
  public SequencedMap<String, Integer> counts() {
    return Collections.unmodifiableSequencedMap(counts);
  }
}
