package dune.backend.torch.run;

/// Which of libtorch's kernels multiply matrices of half precision on the processor. Elsewhere, and
/// in other types, it is all the same.
public enum Kernels {
  /// Those of oneDNN, where it has some for this processor: the fastest for several rows.
  MATRIX,

  /// Libtorch's own, which read the matrix at twice the speed for a single row, if the numbers of
  /// each of its rows lie behind one another.
  VECTOR
}
