package dune.runtime.generate;

/// A model that says what may follow a sequence of tokens. Not for use by two threads at a time.
public interface LanguageModel extends AutoCloseable {
  /// The most tokens that a sequence can have.
  int context();

  /// Begins a sequence without tokens; the one before ends.
  Sequence begin();

  @Override
  void close();

  /// A sequence of tokens that grows.
  interface Sequence {
    int length();

    /// Adds tokens, at least one, and gives the logits after the last: one number per token of the
    /// vocabulary. The array may be overwritten by the next call.
    ///
    /// @throws IllegalArgumentException if the sequence would outgrow the context
    float[] append(int... tokens);
  }
}
