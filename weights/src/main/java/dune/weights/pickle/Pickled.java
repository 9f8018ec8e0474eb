package dune.weights.pickle;

/// What a pickle has made, and where its storages lie.
record Pickled(Value root, Storages storages) {

  /// Finds storages in the file.
  interface Storages {
    /// @throws dune.weights.InputFailure if the file does not hold it, or in another size
    Place find(Value.Storage storage);
  }

  /// Bytes, counted from the start of the file.
  record Place(long begin, long bytes) {}
}
