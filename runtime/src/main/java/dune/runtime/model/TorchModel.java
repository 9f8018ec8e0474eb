package dune.runtime.model;

import dune.backend.torch.TorchBackend;
import dune.backend.torch.TorchProgram;
import dune.backend.torch.emit.Signature;
import dune.backend.torch.run.Call;
import dune.backend.torch.run.Device;
import dune.backend.torch.run.Tensor;
import dune.backend.torch.run.Torch;
import dune.passes.lora.Adapter;
import dune.runtime.adapter.Adaptation;
import dune.runtime.generate.LanguageModel;
import dune.runtime.score.WindowModel;
import dune.weights.EnvironmentFailure;
import dune.weights.InputFailure;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/// A model on libtorch. One sequence or batch at a time; not for use by two threads.
public final class TorchModel implements LanguageModel, WindowModel {
  private static final String SCORE = "score";
  private static final String STEP = "step";
  private static final String NEXT = "next";
  private static final float[] NOTHING = {};

  /// How many logits are copied from the device at once, or those of one step, if they are more.
  private static final int MOST_LOGITS = 1 << 24;

  private final TorchProgram program;
  private final Signature signature;
  private final Runnable release;
  private final Limits limits;
  private final Mode mode;
  private final Torch torch = TorchBackend.torch();
  private Optional<Rows> running = Optional.empty();

  /// What a model was compiled for.
  ///
  /// @param context the most tokens of a sequence
  /// @param chunk the most tokens of one call that continues
  /// @param vocabulary how many logits a step has; ids beyond it are refused
  public record Limits(int context, int chunk, int vocabulary) {
    public Limits withContext(int other) {
      return new Limits(other, Math.min(chunk, other), vocabulary);
    }
  }

  /// How a sequence goes on.
  public enum Mode {
    /// Keys and values of earlier steps are kept.
    CACHED,
    /// The whole sequence is computed anew for every token.
    RECOMPUTED
  }

  /// @param release runs when the model is closed: unmaps the weights
  /// @param wanted recomputation also happens where the program cannot continue
  public TorchModel(
      TorchProgram program, Signature signature, Runnable release, Limits limits, Mode wanted) {
    this.program = program;
    this.signature = signature;
    this.release = release;
    this.limits = limits;
    this.mode = isCached() ? wanted : Mode.RECOMPUTED;
  }

  /// Lets adapters count otherwise, from the next sequence on; the base stays as it is.
  ///
  /// @param adaptation with the adapters that the program was compiled for
  public void adapt(Adaptation adaptation) {
    end();
    for (Signature.WeightSlot slot : signature.weights()) {
      if (!Adapter.isOf(slot.paths().getFirst())) continue;
      program.bind(slot, adaptation.bytes(slot, Arena.ofAuto()));
    }
  }

  public Device device() {
    return program.device();
  }

  public Limits limits() {
    return limits;
  }

  public Mode mode() {
    return mode;
  }

  /// Whether sequences can go on from caches.
  public boolean isCached() {
    return signature.methods().stream().anyMatch(method -> method.name().equals(NEXT));
  }

  @Override
  public int context() {
    return limits.context();
  }

  @Override
  public int chunk() {
    return switch (mode) {
      case CACHED -> limits.chunk();
      case RECOMPUTED -> limits.context();
    };
  }

  @Override
  public Sequence begin() {
    return begin(mode);
  }

  /// Begins a sequence that goes on in another way than usual.
  public Sequence begin(Mode way) {
    return switch (way) {
      case CACHED -> new Continued(continued(1)).single();
      case RECOMPUTED -> {
        end();
        yield new Recomputed();
      }
    };
  }

  @Override
  public Batch batch(int rows) {
    return switch (mode) {
      case CACHED -> new Continued(continued(rows));
      case RECOMPUTED -> LanguageModel.super.batch(rows);
    };
  }

  private Rows continued(int rows) {
    end();
    Rows begun;
    try {
      begun = new Rows(program, signature, rows);
    } catch (EnvironmentFailure e) {
      throw new EnvironmentFailure(
          "no room for the caches of %d x %d tokens; --ctx-size makes sequences shorter, --batch has fewer at once (%s)"
              .formatted(rows, limits.context(), e.getMessage()));
    }
    running = Optional.of(begun);
    return begun;
  }

  private void end() {
    running.ifPresent(Rows::close);
    running = Optional.empty();
  }

  /// The logits of every step of some sequences of equal length, without state: `[rows, steps,
  /// vocabulary]` in row-major order.
  ///
  /// @throws InputFailure if they are longer than the context, or have tokens that the model lacks
  public float[] score(long[] tokens, int rows, int steps) {
    requireFit(tokens, steps);
    try (Tensor logits = scored(tokens, rows, steps)) {
      return logits.toFloats();
    }
  }

  /// The same logits from the caches: half of the steps in chunks, as a prompt is read, the others
  /// one at a time, as text is written.
  ///
  /// @throws InputFailure as {@link #score}
  public float[] step(long[] tokens, int rows, int steps) {
    requireFit(tokens, steps);
    var logits = new float[rows * steps * limits.vocabulary()];
    Rows sequences = continued(rows);
    int prompt = (steps + 1) / 2;
    for (int at = 0; at < steps; ) {
      int end = at < prompt ? Math.min(prompt, at + limits.chunk()) : at + 1;
      float[] piece;
      try (Tensor result = sequences.run(STEP, columns(tokens, rows, steps, at, end))) {
        piece = result.toFloats();
      }
      int size = (end - at) * limits.vocabulary();
      for (int row = 0; row < rows; row++) {
        int to = (row * steps + at) * limits.vocabulary();
        System.arraycopy(piece, row * size, logits, to, size);
      }
      at = end;
    }
    end();
    return logits;
  }

  @Override
  public int vocabulary() {
    return limits.vocabulary();
  }

  @Override
  public void read(int[] tokens, int from, Piece piece) {
    requireFit(Arrays.stream(tokens).asLongStream().toArray(), tokens.length);
    switch (mode) {
      case CACHED -> readOn(tokens, from, piece);
      case RECOMPUTED -> readWhole(tokens, from, piece);
    }
  }

  /// Up to `from` only the caches are filled, and the head is not computed.
  private void readOn(int[] tokens, int from, Piece piece) {
    Rows row = continued(1);
    for (int at = 0; at < tokens.length; ) {
      int end = Math.min(at + (at < from ? limits.chunk() : stepsAtOnce()), tokens.length);
      if (at < from) end = Math.min(end, from);
      try (Tensor logits =
          row.run(at < from ? NEXT : STEP, List.of(Arrays.copyOfRange(tokens, at, end)))) {
        if (at >= from) piece.accept(logits.toFloats());
      }
      at = end;
    }
    end();
  }

  private void readWhole(int[] tokens, int from, Piece piece) {
    long[] ids = Arrays.stream(tokens).asLongStream().toArray();
    try (Tensor logits = scored(ids, 1, ids.length)) {
      for (int at = from; at < ids.length; at += stepsAtOnce()) {
        int steps = Math.min(stepsAtOnce(), ids.length - at);
        try (Tensor part = logits.narrow(1, at, steps)) {
          piece.accept(part.toFloats());
        }
      }
    }
  }

  private int stepsAtOnce() {
    return Math.clamp(MOST_LOGITS / limits.vocabulary(), 1, limits.chunk());
  }

  private static List<int[]> columns(long[] tokens, int rows, int steps, int begin, int end) {
    return IntStream.range(0, rows)
        .mapToObj(row -> Arrays.copyOfRange(tokens, row * steps + begin, row * steps + end))
        .map(piece -> Arrays.stream(piece).mapToInt(Math::toIntExact).toArray())
        .toList();
  }

  private void requireFit(long[] tokens, int steps) {
    requireTokens(tokens);
    if (steps > limits.context()) {
      throw new InputFailure(
          "a sequence has %d tokens, and the context holds %d; --ctx-size makes it larger"
              .formatted(steps, limits.context()));
    }
  }

  private void requireTokens(long[] tokens) {
    for (long token : tokens) {
      if (token < 0 || token >= limits.vocabulary()) {
        throw new InputFailure(
            "token %d is outside of the model's vocabulary of %d; the tokens are another model's"
                .formatted(token, limits.vocabulary()));
      }
    }
  }

  private void requireRoom(int length, int more) {
    if (length + more > limits.context()) {
      throw new IllegalArgumentException(
          "%d tokens after %d outgrow a context of %d".formatted(more, length, limits.context()));
    }
  }

  private Tensor scored(long[] tokens, int rows, int steps) {
    try (Call call = program.prepare(SCORE)) {
      try (Tensor input = torch.of(tokens, rows, steps)) {
        call.set(0, input);
      }
      return call.run().getFirst();
    }
  }

  /// Sequences that go on from caches, a chunk at a time.
  private final class Continued implements Batch {
    private final Rows rows;

    Continued(Rows rows) {
      this.rows = rows;
    }

    @Override
    public int length(int row) {
      return rows.length(row);
    }

    @Override
    public List<float[]> append(List<int[]> tokens) {
      if (running.filter(rows::equals).isEmpty()) {
        throw new IllegalStateException("another sequence has begun");
      }
      for (int row = 0; row < rows.count(); row++) {
        requireRoom(rows.length(row), tokens.get(row).length);
        requireTokens(Arrays.stream(tokens.get(row)).asLongStream().toArray());
      }
      int longest = tokens.stream().mapToInt(row -> row.length).max().orElseThrow();
      if (longest == 0) throw new IllegalArgumentException("no row gets a token");
      var logits = new ArrayList<>(Collections.nCopies(rows.count(), NOTHING));
      for (int at = 0; at < longest; at += limits.chunk()) {
        List<int[]> pieces = pieces(tokens, at);
        try (Tensor last = rows.run(NEXT, pieces)) {
          for (int row = 0; row < rows.count(); row++) {
            boolean ends =
                tokens.get(row).length > at && tokens.get(row).length <= at + limits.chunk();
            if (!ends) continue;
            try (Tensor own = last.narrow(0, row, 1)) {
              logits.set(row, own.toFloats());
            }
          }
        }
      }
      return logits;
    }

    private List<int[]> pieces(List<int[]> tokens, int at) {
      return tokens.stream()
          .map(
              row ->
                  Arrays.copyOfRange(
                      row, Math.min(at, row.length), Math.min(at + limits.chunk(), row.length)))
          .toList();
    }
  }

  /// Continues by computing everything again.
  private final class Recomputed implements Sequence {
    private long[] tokens = {};

    @Override
    public int length() {
      return tokens.length;
    }

    @Override
    public float[] append(int... more) {
      if (more.length == 0) throw new IllegalArgumentException("there is no token to add");
      requireRoom(tokens.length, more.length);
      long[] longer = Arrays.copyOf(tokens, tokens.length + more.length);
      for (int i = 0; i < more.length; i++) longer[tokens.length + i] = more[i];
      requireTokens(longer);
      tokens = longer;
      try (Tensor logits = scored(tokens, 1, tokens.length);
          Tensor last = logits.narrow(1, tokens.length - 1, 1)) {
        return last.toFloats();
      }
    }
  }

  @Override
  public void close() {
    end();
    program.close();
    release.run();
  }
}
