package dune.passes;

/// How much is done for speed.
public enum Optimization {
  /// Only what must be done.
  O0,
  /// Simplified before and after.
  O1,
  /// Simplified, and fused.
  O2
}
