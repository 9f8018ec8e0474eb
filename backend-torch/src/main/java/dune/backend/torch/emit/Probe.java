package dune.backend.torch.emit;

/// What the methods of an archive note down while they run, and give behind their outputs.
public enum Probe {
  /// Nothing.
  NONE,
  /// When each node ended. One more result, `int[n, 2]`: the place, see {@link Probed}, and a clock
  /// in nanoseconds. The first row is the beginning, at place -1.
  CLOCK,
  /// Every tensor that a function of torch gave, kept alive. First those that were there before,
  /// weights, states and inputs; then one more result, `int[n]`: the place of each, or -1.
  TENSORS
}
