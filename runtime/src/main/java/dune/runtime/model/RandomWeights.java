package dune.runtime.model;

import dune.backend.torch.TorchBackend;
import dune.backend.torch.emit.Signature;
import dune.backend.torch.run.Torch;
import dune.ir.Initializer;
import dune.ir.Program;
import dune.ir.Weight;
import dune.weights.Amount;
import dune.weights.EnvironmentFailure;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Weights in memory that nobody trained: of the types and shapes that programs ask for, with
/// numbers as their initializers say. Large ones repeat what was drawn, so that they are there as
/// fast as memory is filled; no machine is faster for it. Several programs of one model share them.
/// Closing it frees them.
public final class RandomWeights implements TorchBackend.Weights, AutoCloseable {
  private static final long ALIGNMENT = 64;

  /// After how many numbers a weight repeats: a prime, so that its rows differ.
  private static final long PERIOD = (1 << 18) - 5;

  private final Arena arena = Arena.ofShared();
  private final Torch torch;
  private final long seed;
  private final Map<String, Initializer> initializers = new LinkedHashMap<>();
  private final Map<List<String>, MemorySegment> drawn = new LinkedHashMap<>();

  private RandomWeights(Torch torch, Program program, long seed) {
    this.torch = torch;
    this.seed = seed;
    for (Weight weight : program.weights()) initializers.put(weight.path(), weight.initializer());
  }

  /// Draws the weights of one model.
  ///
  /// @param program with all weights of the model
  /// @param signatures of its programs
  /// @throws EnvironmentFailure if there is not enough memory for them
  public static RandomWeights draw(Program program, List<Signature> signatures, long seed) {
    List<Signature.WeightSlot> slots = distinct(signatures);
    requireRoom(slots.stream().mapToLong(Signature.WeightSlot::bytes).sum(), FreeMemory.bytes());
    var weights = new RandomWeights(TorchBackend.torch(), program, seed);
    try {
      slots.forEach(weights::add);
    } catch (RuntimeException e) {
      weights.close();
      throw e;
    }
    return weights;
  }

  static void requireRoom(long bytes, long free) {
    if (bytes <= free) return;
    throw new EnvironmentFailure(
        "random weights take %s, and %s of memory are free; compute in another type with --dtype bf16, or take a smaller --config"
            .formatted(Amount.ofBytes(bytes), Amount.ofBytes(free)));
  }

  /// Those that are joined come first, so that what is part of one lies in it.
  private static List<Signature.WeightSlot> distinct(List<Signature> signatures) {
    var slots = new LinkedHashMap<List<String>, Signature.WeightSlot>();
    signatures.stream()
        .flatMap(signature -> signature.weights().stream())
        .sorted(Comparator.comparingInt(slot -> -slot.parts().size()))
        .forEach(slot -> slots.putIfAbsent(slot.paths(), slot));
    var needed = new ArrayList<Signature.WeightSlot>();
    var parts = new HashSet<String>();
    for (Signature.WeightSlot slot : slots.values()) {
      boolean isPart = slot.parts().size() == 1 && parts.contains(slot.paths().getFirst());
      if (!isPart) needed.add(slot);
      parts.addAll(slot.paths());
    }
    return needed;
  }

  private void add(Signature.WeightSlot slot) {
    MemorySegment whole = arena.allocate(slot.bytes(), ALIGNMENT);
    drawn.put(slot.paths(), whole);
    long at = 0;
    for (Signature.Part part : slot.parts()) {
      MemorySegment own = whole.asSlice(at, part.bytes(slot.elem()));
      at += own.byteSize();
      long drawnBytes = Math.min(own.byteSize(), PERIOD * slot.elem().bytes());
      torch.draw(
          initializers.get(part.path()),
          seed + part.path().hashCode(),
          slot.elem(),
          own.asSlice(0, drawnBytes));
      repeat(own, drawnBytes);
      drawn.putIfAbsent(List.of(part.path()), own);
    }
  }

  /// Fills the memory with what its first bytes hold, twice as much each time.
  private static void repeat(MemorySegment memory, long first) {
    for (long done = first; done < memory.byteSize(); done *= 2) {
      MemorySegment.copy(memory, 0, memory, done, Math.min(done, memory.byteSize() - done));
    }
  }

  @Override
  public MemorySegment get(Signature.WeightSlot slot) {
    MemorySegment found = drawn.get(slot.paths());
    if (found == null) throw new IllegalArgumentException("nobody drew " + slot);
    return found;
  }

  @Override
  public void close() {
    arena.close();
  }
}
