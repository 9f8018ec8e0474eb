package dune.runtime.generate;

import java.util.List;

/// A model that says what may follow a sequence of tokens. Not for use by two threads at a time.
public interface LanguageModel extends AutoCloseable {
  /// The most tokens that a sequence can have.
  int context();

  /// The most tokens that it reads at once; of more, it reads so many after one another.
  default int chunk() {
    return context();
  }

  /// Begins a sequence without tokens; the one before ends.
  Sequence begin();

  /// Begins sequences without tokens that grow beside one another; those before end. A model that
  /// has no better way takes them in turn, each from its beginning.
  default Batch batch(int rows) {
    return new TakingTurns(this, rows);
  }

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

  /// Sequences of tokens that grow, each at its own pace.
  interface Batch {
    int length(int row);

    /// Adds tokens to each row, or none, which leaves the row as it is. Gives the logits after the
    /// last token of each row; of one that got none, an empty array. The arrays may be overwritten
    /// by the next call.
    ///
    /// @param tokens one array per row
    /// @throws IllegalArgumentException if a sequence would outgrow the context
    List<float[]> append(List<int[]> tokens);

    /// The sequence of a batch with one row.
    default Sequence single() {
      Batch batch = this;
      return new Sequence() {
        @Override
        public int length() {
          return batch.length(0);
        }

        @Override
        public float[] append(int... tokens) {
          return batch.append(List.of(tokens)).getFirst();
        }
      };
    }
  }
}
