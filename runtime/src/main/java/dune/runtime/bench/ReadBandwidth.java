package dune.runtime.bench;

import dune.backend.torch.TorchBackend;
import dune.backend.torch.TorchProgram;
import dune.backend.torch.run.Call;
import dune.backend.torch.run.DeviceRequest;
import dune.backend.torch.run.Tensor;
import dune.ir.Contraction.Reduce;
import dune.ir.Contraction.ReduceKind;
import dune.ir.Elem;
import dune.ir.Function;
import dune.ir.FunctionBuilder;
import dune.ir.Origin;
import dune.ir.Program;
import dune.ir.Source;
import dune.ir.Type;
import dune.ir.Value;
import dune.ir.dim.Dim;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// How fast a device reads its memory: what bounds the speed of writing text, since every token
/// takes all the weights through the processor once.
public final class ReadBandwidth {
  private static final String NUMBERS = "numbers";
  private static final String SUM = "sum";
  private static final int ROUNDS = 7;
  private static final int ROWS = 1 << 14;
  private static final int COLUMNS = 1 << 13;

  private ReadBandwidth() {}

  /// The best of several sums over 512 MiB, in bytes per second: as a program of our own, on the
  /// same threads as a model.
  public static double measure(DeviceRequest device) {
    try (TorchProgram program =
            TorchBackend.load(TorchBackend.emit(program()), _ -> noWeights(), device);
        Call make = program.prepare(NUMBERS);
        Call sum = program.prepare(SUM)) {
      try (Tensor numbers = make.run().getFirst()) {
        sum.set(0, numbers);
      }
      double best = Double.POSITIVE_INFINITY;
      for (int round = 0; round < ROUNDS; round++) {
        long begin = System.nanoTime();
        try (Tensor result = sum.run().getFirst()) {
          result.toFloats();
        }
        best = Math.min(best, (System.nanoTime() - begin) * 1e-9);
      }
      return (double) ROWS * COLUMNS * Float.BYTES / best;
    }
  }

  /// Makes the numbers on the device, and sums them.
  private static Program program() {
    Type type = Type.of(Elem.F32, Dim.of(ROWS), Dim.of(COLUMNS));
    var maker = new FunctionBuilder();
    Value numbers = maker.emit(new Source.Fill(1, type), Origin.NONE);
    var adder = new FunctionBuilder();
    Value x = adder.input("x", type);
    Value sum = adder.emit(new Reduce(ReduceKind.SUM, x, List.of(0, 1)), Origin.NONE);
    return new Program(
        "bandwidth",
        List.of(),
        List.of(),
        List.of(function(NUMBERS, maker, numbers), function(SUM, adder, sum)));
  }

  private static Function function(String name, FunctionBuilder builder, Value result) {
    return builder.build(name, List.of(), List.of(new Function.Output(name, result)), List.of());
  }

  private static MemorySegment noWeights() {
    throw new IllegalStateException("the program has no weights");
  }
}
