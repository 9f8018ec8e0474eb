package dune.runtime.chat;

import dune.runtime.generate.LanguageModel;
import java.util.Arrays;
import java.util.Optional;

/// A model whose next sequence goes on from the last one, where it begins with the same tokens:
/// what was read is not read again. It can be told to stop, also while it reads: chunk by chunk.
///
/// It reads on only if the new tokens begin with all of the old ones. A cache cannot be shortened
/// in general: a sliding window has forgotten what stood where it would have to go back to.
final class ReadingOn implements LanguageModel {
  private final LanguageModel model;
  private Optional<Sequence> running = Optional.empty();
  private int[] read = {};
  private int reused;
  private volatile boolean stopped;

  ReadingOn(LanguageModel model) {
    this.model = model;
  }

  /// Someone wants no more of this answer. Carries no stack: it is no failure.
  static final class Stopped extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Stopped() {
      super("stopped", null, false, false);
    }
  }

  /// From any thread: the next token or chunk throws [Stopped]. What was read stays read.
  void stop() {
    stopped = true;
  }

  /// The next sequence is read from its beginning.
  void forget() {
    running = Optional.empty();
    read = new int[0];
  }

  /// How many tokens of the last sequence had been read before it began.
  int reused() {
    return reused;
  }

  @Override
  public int context() {
    return model.context();
  }

  @Override
  public int chunk() {
    return model.chunk();
  }

  @Override
  public Sequence begin() {
    stopped = false;
    reused = 0;
    return new Sequence() {
      private int length;

      @Override
      public int length() {
        return length;
      }

      @Override
      public float[] append(int... tokens) {
        if (stopped) throw new Stopped();
        int[] unread = length == 0 ? unread(tokens) : tokens;
        length += tokens.length;
        int at = 0;
        for (; unread.length - at > chunk(); at += chunk()) {
          read(Arrays.copyOfRange(unread, at, at + chunk()));
          if (stopped) throw new Stopped();
        }
        return read(Arrays.copyOfRange(unread, at, unread.length));
      }
    };
  }

  private float[] read(int[] tokens) {
    int end = read.length;
    read = Arrays.copyOf(read, end + tokens.length);
    System.arraycopy(tokens, 0, read, end, tokens.length);
    try {
      return running.orElseThrow().append(tokens);
    } catch (RuntimeException failure) {
      // Nobody knows how far it came.
      running = Optional.empty();
      throw failure;
    }
  }

  private int[] unread(int[] tokens) {
    boolean goesOn =
        running.isPresent()
            && tokens.length > read.length
            && Arrays.equals(read, Arrays.copyOf(tokens, read.length));
    if (goesOn) {
      reused = read.length;
      return Arrays.copyOfRange(tokens, read.length, tokens.length);
    }
    running = Optional.of(model.begin());
    read = new int[0];
    return tokens;
  }

  @Override
  public void close() {
    model.close();
  }
}
