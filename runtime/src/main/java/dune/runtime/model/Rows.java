package dune.runtime.model;

import dune.backend.torch.TorchBackend;
import dune.backend.torch.TorchProgram;
import dune.backend.torch.emit.Signature;
import dune.backend.torch.run.Call;
import dune.backend.torch.run.Kernels;
import dune.backend.torch.run.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Sequences that go on from the caches of a program, each with its own length.
///
/// A call adds tokens to all rows at once, as many as the row that gets most: the others are filled
/// up behind their tokens, and a program does not let that count.
public final class Rows implements AutoCloseable {
  private final TorchProgram program;
  private final Signature signature;
  private final int[] lengths;
  private final Map<String, Call> calls = new LinkedHashMap<>();

  /// All caches of the program are cleared.
  public Rows(TorchProgram program, Signature signature, int rows) {
    this.program = program;
    this.signature = signature;
    this.lengths = new int[rows];
    program.begin(Map.of("B", (long) rows));
  }

  int count() {
    return lengths.length;
  }

  int length(int row) {
    return lengths[row];
  }

  /// Adds tokens to each row, or none, which leaves it as it is; at most a chunk, at least one to
  /// some row. Gives what the method gives.
  Tensor run(String method, List<int[]> tokens) {
    return results(method, tokens).getFirst();
  }

  /// Adds tokens as {@link #run} does, and gives all that the method gives; the caller closes it.
  public List<Tensor> results(String method, List<int[]> tokens) {
    int steps = tokens.stream().mapToInt(row -> row.length).max().orElseThrow();
    var padded = new long[lengths.length * steps];
    var start = new long[lengths.length];
    var count = new long[lengths.length];
    long longest = 0;
    for (int row = 0; row < lengths.length; row++) {
      int[] added = tokens.get(row);
      for (int i = 0; i < added.length; i++) padded[row * steps + i] = added[i];
      start[row] = lengths[row];
      count[row] = added.length;
      lengths[row] += added.length;
      longest = Math.max(longest, lengths[row]);
    }
    Call call = calls.computeIfAbsent(method, program::prepare);
    Signature.Method signed = signature.method(method);
    set(call, signed, "tokens", padded, lengths.length, steps);
    set(call, signed, "start", start, lengths.length);
    set(call, signed, "count", count, lengths.length);
    // Filling stands where the last token of its row does, so no key is further on.
    for (int i = 0; i < signed.dims().size(); i++) call.set(signed.inputs().size() + i, longest);
    return call.run(lengths.length * steps == 1 ? signed.single() : Kernels.MATRIX);
  }

  private static void set(
      Call call, Signature.Method method, String name, long[] values, long... shape) {
    int index = method.inputs().indexOf(name);
    if (index < 0) return;
    try (Tensor tensor = TorchBackend.torch().of(values, shape)) {
      call.set(index, tensor);
    }
  }

  @Override
  public void close() {
    calls.values().forEach(Call::close);
  }
}
