package dune.runtime.adapter;

import dune.backend.torch.TorchBackend;
import dune.backend.torch.emit.Signature;
import dune.ir.Elem;
import dune.ir.Program;
import dune.ir.Weight;
import dune.passes.lora.Adapter;
import dune.weights.bind.Convert;
import dune.weights.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/// The first numbers of adapters that learn: what their initializers say, and for lengths those
/// that the rows of the base have, so that nothing changes at first. Closing it frees them.
public final class FreshAdapters implements AutoCloseable {
  private final Arena arena = Arena.ofShared();
  private final Map<String, Adapter> lengths = new LinkedHashMap<>();
  private final Program program;
  private final Function<String, MemorySegment> base;
  private final long seed;

  /// @param program with the weights of the adapters
  /// @param base gives the bytes of a weight of the base by its path, in its own element type
  public FreshAdapters(
      Program program, List<Adapter> adapters, Function<String, MemorySegment> base, long seed) {
    this.program = program;
    this.base = base;
    this.seed = seed;
    for (Adapter adapter : adapters) lengths.put(adapter.magnitude(), adapter);
  }

  /// @param slot of adapters only
  public MemorySegment get(Signature.WeightSlot slot) {
    return slot.gather(arena, (part, own) -> fill(part.path(), slot.elem(), own));
  }

  private void fill(String path, Elem elem, MemorySegment into) {
    if (lengths.containsKey(path)) {
      double[] all = lengths(lengths.get(path).weight());
      Convert.write(into, DType.of(elem), 0, all, all.length);
      return;
    }
    TorchBackend.torch()
        .draw(program.weight(path).orElseThrow().initializer(), seed + path.hashCode(), elem, into);
  }

  private double[] lengths(String path) {
    Weight weight = program.weight(path).orElseThrow();
    MemorySegment bytes = base.apply(path);
    Elem elem = weight.type().elem();
    int rows = Math.toIntExact(weight.type().dim(0).size().orElseThrow());
    int columns = Math.toIntExact(weight.type().dim(1).size().orElseThrow());
    var lengths = new double[rows];
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment row = scratch.allocate((long) columns * Double.BYTES, Double.BYTES);
      for (int i = 0; i < rows; i++) {
        long width = (long) columns * elem.bytes();
        MemorySegment from = bytes.asSlice(i * width, width);
        Convert.convert(from, DType.of(elem), row, DType.F64, columns);
        double square = 0;
        for (int j = 0; j < columns; j++) {
          double number = row.getAtIndex(ValueLayout.JAVA_DOUBLE, j);
          square += number * number;
        }
        lengths[i] = Math.sqrt(square);
      }
    }
    return lengths;
  }

  @Override
  public void close() {
    arena.close();
  }
}
