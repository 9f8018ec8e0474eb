package dune.runtime.profile;

import dune.backend.torch.TorchBackend;
import dune.backend.torch.TorchProgram;
import dune.backend.torch.emit.Emitted;
import dune.backend.torch.run.Call;
import dune.backend.torch.run.DeviceRequest;
import dune.backend.torch.run.Tensor;
import dune.runtime.compile.Compiled;
import dune.runtime.model.Rows;
import java.util.List;
import java.util.stream.IntStream;

/// A step of a model, run again and again.
final class Step implements AutoCloseable {
  private final Compiled compiled;
  private final Moment moment;
  private final Emitted emitted;
  private final TorchProgram program;

  /// What one run gave.
  ///
  /// @param nanoseconds from call to return
  /// @param results the caller closes them
  record Outcome(long nanoseconds, List<Tensor> results) implements AutoCloseable {
    @Override
    public void close() {
      results.forEach(Tensor::close);
    }
  }

  Step(Compiled compiled, Emitted emitted, TorchBackend.Weights weights, Moment moment) {
    this.compiled = compiled;
    this.moment = moment;
    this.emitted = emitted;
    program = TorchBackend.load(emitted, weights, DeviceRequest.CPU);
  }

  TorchProgram program() {
    return program;
  }

  Outcome run() {
    return compiled.isCached() ? continued() : scored();
  }

  private Outcome continued() {
    try (var rows = new Rows(program, emitted.signature(), 1)) {
      for (int at = 0; at < moment.before(); at += compiled.chunk()) {
        int end = Math.min(moment.before(), at + compiled.chunk());
        rows.results("next", List.of(tokens(at, end))).forEach(Tensor::close);
      }
      int end = moment.before() + moment.tokens();
      List<int[]> last = List.of(tokens(moment.before(), end));
      long begin = System.nanoTime();
      List<Tensor> results = rows.results("next", last);
      return new Outcome(System.nanoTime() - begin, results);
    }
  }

  private Outcome scored() {
    long[] all =
        IntStream.of(tokens(0, moment.before() + moment.tokens())).asLongStream().toArray();
    try (Call call = program.prepare("score");
        Tensor input = TorchBackend.torch().of(all, 1, all.length)) {
      call.set(0, input);
      long begin = System.nanoTime();
      List<Tensor> results = call.run();
      return new Outcome(System.nanoTime() - begin, results);
    }
  }

  /// Any tokens that every vocabulary has; they differ, as those of a text do.
  private int[] tokens(int from, int to) {
    int vocabulary = compiled.vocabulary();
    return IntStream.range(from, to).map(i -> (int) (i * 7919L % vocabulary)).toArray();
  }

  @Override
  public void close() {
    program.close();
  }
}
