package dune.passes.plan;

/// Where an elementwise operation writes.
public enum Reuse {
  /// Over an operand of its size that dies there, as code of our own may.
  OF_OPERANDS,
  /// Into memory of its own, as libtorch does.
  NEVER
}
