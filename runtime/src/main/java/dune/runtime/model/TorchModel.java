package dune.runtime.model;

import dune.backend.torch.TorchBackend;
import dune.backend.torch.TorchProgram;
import dune.backend.torch.emit.Signature;
import dune.backend.torch.run.Call;
import dune.backend.torch.run.Device;
import dune.backend.torch.run.Tensor;
import dune.backend.torch.run.Torch;
import dune.runtime.generate.LanguageModel;
import dune.weights.InputFailure;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A model on libtorch. One sequence at a time; not for use by two threads.
public final class TorchModel implements LanguageModel {
  private static final String SCORE = "score";
  private static final String STEP = "step";
  private static final String NEXT = "next";

  private final TorchProgram program;
  private final Signature signature;
  private final Runnable release;
  private final Limits limits;
  private final Mode mode;
  private final Torch torch = TorchBackend.torch();
  private Optional<Continued> running = Optional.empty();

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
  public Sequence begin() {
    return begin(mode);
  }

  /// Begins a sequence that goes on in another way than usual.
  public Sequence begin(Mode way) {
    end();
    return switch (way) {
      case CACHED -> {
        var sequence = new Continued(NEXT, 1);
        running = Optional.of(sequence);
        yield sequence;
      }
      case RECOMPUTED -> new Recomputed();
    };
  }

  private void end() {
    running.ifPresent(sequence -> sequence.call.close());
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
    end();
    var logits = new float[rows * steps * limits.vocabulary()];
    var sequences = new Continued(STEP, rows);
    try (Call _ = sequences.call) {
      int prompt = (steps + 1) / 2;
      for (int at = 0; at < steps; ) {
        int end = at < prompt ? Math.min(prompt, at + limits.chunk()) : at + 1;
        float[] piece = sequences.append(columns(tokens, rows, steps, at, end));
        int size = (end - at) * limits.vocabulary();
        for (int row = 0; row < rows; row++) {
          int to = (row * steps + at) * limits.vocabulary();
          System.arraycopy(piece, row * size, logits, to, size);
        }
        at = end;
      }
    }
    return logits;
  }

  private static long[] columns(long[] tokens, int rows, int steps, int begin, int end) {
    var piece = new long[rows * (end - begin)];
    for (int row = 0; row < rows; row++) {
      System.arraycopy(tokens, row * steps + begin, piece, row * (end - begin), end - begin);
    }
    return piece;
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
    if (more < 1 || length + more > limits.context()) {
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

  /// Sequences that grow alike, in calls of a method that continues.
  private final class Continued implements Sequence {
    private final Call call;
    private final List<String> inputs;
    private final int dims;
    private final int rows;
    private int length;

    Continued(String method, int rows) {
      this.call = program.prepare(method);
      this.inputs = signature.method(method).inputs();
      this.dims = signature.method(method).dims().size();
      this.rows = rows;
      program.begin(Map.of("B", (long) rows));
    }

    @Override
    public int length() {
      return length;
    }

    @Override
    public float[] append(int... tokens) {
      if (running.filter(this::equals).isEmpty()) {
        throw new IllegalStateException("another sequence has begun");
      }
      requireRoom(length, tokens.length);
      long[] ids = Arrays.stream(tokens).asLongStream().toArray();
      requireTokens(ids);
      int at = 0;
      for (; at + limits.chunk() < ids.length; at += limits.chunk()) {
        run(Arrays.copyOfRange(ids, at, at + limits.chunk())).close();
      }
      return append(Arrays.copyOfRange(ids, at, ids.length));
    }

    /// Adds at most a chunk of steps to each row; gives what the method gives.
    float[] append(long[] ids) {
      try (Tensor logits = run(ids)) {
        return logits.toFloats();
      }
    }

    private Tensor run(long[] ids) {
      int steps = ids.length / rows;
      set("tokens", ids, rows, steps);
      set("start", filled(length), rows);
      set("count", filled(steps), rows);
      for (int i = 0; i < dims; i++) call.set(inputs.size() + i, (long) length + steps);
      length += steps;
      return call.run().getFirst();
    }

    private long[] filled(long number) {
      var numbers = new long[rows];
      Arrays.fill(numbers, number);
      return numbers;
    }

    private void set(String name, long[] values, long... shape) {
      int index = inputs.indexOf(name);
      if (index < 0) return;
      try (Tensor tensor = torch.of(values, shape)) {
        call.set(index, tensor);
      }
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
