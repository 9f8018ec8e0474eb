package dune.passes.train;

/// What becomes of the values that the way back of a training step needs.
public enum Activations {
  /// They are kept from the way there.
  KEPT,
  /// Only what goes from block to block is kept, and each block is computed again on the way back:
  /// memory for one block instead of all, for a second way there.
  RECOMPUTED
}
