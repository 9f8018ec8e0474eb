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

/// A model on libtorch. One sequence at a time; not for use by two threads.
public final class TorchModel implements LanguageModel {
  private final TorchProgram program;
  private final Signature signature;
  private final Runnable release;
  private final Limits limits;
  private final Torch torch = TorchBackend.torch();

  /// What a model was compiled for.
  ///
  /// @param context the most tokens of a sequence
  /// @param chunk the most tokens of one call that continues
  /// @param vocabulary how many logits a step has; ids beyond it are refused
  public record Limits(int context, int chunk, int vocabulary) {}

  /// How a sequence goes on.
  public enum Mode {
    /// Keys and values of earlier steps are kept.
    CACHED,
    /// The whole sequence is computed anew for every token.
    RECOMPUTED
  }

  private final Mode mode;

  /// @param release runs when the model is closed: unmaps the weights
  public TorchModel(
      TorchProgram program, Signature signature, Runnable release, Limits limits, Mode mode) {
    this.program = program;
    this.signature = signature;
    this.release = release;
    this.limits = limits;
    this.mode = mode;
  }

  public Device device() {
    return program.device();
  }

  public Mode mode() {
    return mode;
  }

  @Override
  public int context() {
    return limits.context();
  }

  @Override
  public Sequence begin() {
    return switch (mode) {
      case CACHED -> new Continued();
      case RECOMPUTED -> new Recomputed();
    };
  }

  /// The logits of every step of some sequences of equal length, without state: `[rows, steps,
  /// vocabulary]` in row-major order.
  public float[] score(long[] tokens, int rows, int steps) {
    requireTokens(tokens);
    try (Call call = program.prepare("score")) {
      try (Tensor input = torch.of(tokens, rows, steps)) {
        call.set(0, input);
      }
      return only(call.run());
    }
  }

  private void requireTokens(long[] tokens) {
    for (long token : tokens) {
      if (token < 0 || token >= limits.vocabulary()) {
        throw new InputFailure(
            "token %d is outside of the model's vocabulary of %d; the tokenizer belongs to another model"
                .formatted(token, limits.vocabulary()));
      }
    }
  }

  private static float[] only(List<Tensor> results) {
    try {
      return results.getFirst().toFloats();
    } finally {
      results.forEach(Tensor::close);
    }
  }

  private void requireRoom(int length, int more) {
    if (length + more > limits.context()) {
      throw new IllegalArgumentException(
          "%d tokens after %d outgrow a context of %d".formatted(more, length, limits.context()));
    }
  }

  /// Continues by the caches, at most a chunk at a time.
  private final class Continued implements Sequence {
    private final Call call = program.prepare("next");
    private final List<String> inputs = signature.method("next").inputs();
    private final int dims = signature.method("next").dims().size();
    private int length;

    Continued() {
      program.begin(Map.of("B", 1L));
    }

    @Override
    public int length() {
      return length;
    }

    @Override
    public float[] append(int... tokens) {
      requireRoom(length, tokens.length);
      long[] ids = Arrays.stream(tokens).asLongStream().toArray();
      requireTokens(ids);
      float[] logits = {};
      for (int at = 0; at < ids.length; at += limits.chunk()) {
        int end = Math.min(ids.length, at + limits.chunk());
        logits = step(Arrays.copyOfRange(ids, at, end), end == ids.length);
      }
      return logits;
    }

    private float[] step(long[] ids, boolean last) {
      set("tokens", ids, 1, ids.length);
      set("start", new long[] {length}, 1);
      set("count", new long[] {ids.length}, 1);
      for (int i = 0; i < dims; i++) call.set(inputs.size() + i, (long) length + ids.length);
      length += ids.length;
      List<Tensor> results = call.run();
      if (last) return only(results);
      results.forEach(Tensor::close);
      return new float[0];
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
      tokens = longer;
      float[] all = score(tokens, 1, tokens.length);
      return Arrays.copyOfRange(all, all.length - all.length / tokens.length, all.length);
    }
  }

  @Override
  public void close() {
    program.close();
    release.run();
  }
}
