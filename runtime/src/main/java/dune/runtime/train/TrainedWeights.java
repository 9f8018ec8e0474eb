package dune.runtime.train;

import dune.backend.torch.TorchBackend;
import dune.backend.torch.emit.Signature;
import dune.weights.bind.Convert;
import dune.weights.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;

/// What was learned so far, for other programs of the same model. Closing it frees the memory.
final class TrainedWeights implements TorchBackend.Weights, AutoCloseable {
  private final Arena arena = Arena.ofShared();
  private final Map<String, float[]> weights;

  private final TorchBackend.Weights others;

  /// @param weights by member path, row-major
  /// @param others gives those that did not learn
  TrainedWeights(Map<String, float[]> weights, TorchBackend.Weights others) {
    this.weights = weights;
    this.others = others;
  }

  @Override
  public MemorySegment get(Signature.WeightSlot slot) {
    if (slot.paths().stream().noneMatch(weights::containsKey)) return others.get(slot);
    return slot.gather(
        arena,
        (part, own) -> {
          float[] learned = weights.get(part.path());
          if (learned == null) throw new IllegalArgumentException("nobody learned " + part.path());
          DType type = DType.of(slot.elem());
          Convert.convert(MemorySegment.ofArray(learned), DType.F32, own, type, learned.length);
        });
  }

  @Override
  public void close() {
    arena.close();
  }
}
