package dune.passes.train;

/// What may share a row of a batch.
public enum Sharing {
  /// Nothing: all steps of a row belong together.
  NONE,
  /// Several documents, of which none sees another.
  DOCUMENTS
}
