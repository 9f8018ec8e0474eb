package dune.backend.torch.run;

import dune.ir.Elem;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// A module whose weights learn, with the state of AdamW. Weights that are narrower than f32 have a
/// copy in f32, which is what the optimizer changes. Not for use by two threads at a time.
public interface Learner extends AutoCloseable {
  /// A weight.
  ///
  /// @param initial its first numbers: little-endian, row-major, without gaps; copied if it learns,
  ///   otherwise read as long as the module is
  record Parameter(
      String attribute, Elem elem, List<Long> shape, MemorySegment initial, Kind kind) {
    /// What becomes of it.
    public enum Kind {
      LEARNS,
      STAYS
    }

    public Parameter {
      shape = List.copyOf(shape);
    }
  }

  /// Sequences of one length with what comes after each token.
  ///
  /// @param tokens `[rows, steps]`
  /// @param targets of the same shape; {@link #IGNORED} where nothing is to be learned
  /// @param documents of the same shape: which steps of a row belong together, where methods ask
  ///   for it; otherwise empty
  record Batch(int rows, int steps, long[] tokens, long[] targets, long[] documents) {
    public static final long IGNORED = -100;

    public Batch(int rows, int steps, long[] tokens, long[] targets) {
      this(rows, steps, tokens, targets, new long[0]);
    }

    public Batch {
      boolean apart = documents.length == 0 || documents.length == tokens.length;
      if (!apart) throw new IllegalArgumentException(documents.length + " documents");
      if (tokens.length != rows * steps || targets.length != tokens.length) {
        throw new IllegalArgumentException(
            "%d tokens and %d targets for [%d, %d]"
                .formatted(tokens.length, targets.length, rows, steps));
      }
    }

    /// How many targets are to be learned.
    public long counted() {
      return Arrays.stream(targets).filter(target -> target != IGNORED).count();
    }
  }

  /// One of several methods that make a loss together, in their order.
  ///
  /// @param inputs `tokens` and `targets` are the batch's, all others what a part before gives
  /// @param outputs what others take by these names
  record Part(String method, List<String> inputs, List<String> outputs) {
    public Part {
      inputs = List.copyOf(inputs);
      outputs = List.copyOf(outputs);
    }
  }

  /// Adds the gradients of a loss to those that the weights have.
  ///
  /// @param method gives the loss, then what is added to it
  /// @param share what the loss counts, such as one of so many batches
  /// @return the loss alone, not shared
  double learn(String method, Batch batch, double share);

  /// The same for a loss that several methods make together, the last of which gives what is asked
  /// for. Of all but the last, only what others take is kept on the way there, and each runs again
  /// on the way back, with the same chance.
  double learn(List<Part> parts, Batch batch, double share);

  /// The mean loss over what is to be learned, without gradients; 0 where that is nothing.
  double loss(String method, Batch batch);

  /// Scales the gradients so that together they are no longer than `most`.
  ///
  /// @return how long they were
  double clip(double most);

  /// The gradient that a weight has so far, of the weight's shape; zeros where nothing reached it.
  Tensor gradient(String attribute);

  /// Changes the weights by the gradients, and forgets the gradients.
  void step(AdamW optimizer, double rate);

  /// Sets what chance decides from here on, such as dropout.
  void seed(long seed);

  /// The numbers of a weight that learns, as precise as the optimizer has them.
  Tensor weight(String attribute);

  /// What the optimizer remembers of a weight.
  ///
  /// @param weight the numbers themselves, as precise as the optimizer has them
  /// @param mean of the gradients
  /// @param square the mean of their squares
  record Memory(float[] weight, float[] mean, float[] square) {}

  Memory memory(String attribute);

  /// Goes on where another has stopped.
  ///
  /// @param steps how many it made
  /// @param memory what it remembered, by attribute
  void restore(long steps, Map<String, Memory> memory);

  @Override
  void close();
}
