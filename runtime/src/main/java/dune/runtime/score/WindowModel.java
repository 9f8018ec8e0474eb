package dune.runtime.score;

/// A model that reads windows of text, each from its beginning.
public interface WindowModel {
  /// The most tokens of a window.
  int context();

  /// How many logits there are per token.
  int vocabulary();

  /// Reads a window; gives the logits after each token from number `from` on, in order, in pieces.
  void read(int[] tokens, int from, Piece piece);

  /// Gets the logits of some tokens that follow one another.
  @FunctionalInterface
  interface Piece {
    /// @param logits `[tokens, vocabulary]` in row-major order
    void accept(float[] logits);
  }
}
