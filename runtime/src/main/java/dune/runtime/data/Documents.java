package dune.runtime.data;

/// How documents become sequences.
public enum Documents {
  /// All behind one another, and sequences from anywhere: they may reach over several documents,
  /// and attention does as well.
  JOINED,
  /// Each begins a sequence, so that nothing sees another document; a long one goes on in the next
  /// sequences, which begin with the last token of the one before.
  APART,
  /// Several share a sequence, and attention does not reach from one to another.
  PACKED
}
