package dune.weights.random;

import dune.ir.Initializer;
import dune.weights.bind.Convert;
import dune.weights.bind.FileTensor;
import dune.weights.safetensors.SafetensorsWriter;
import dune.weights.tensor.DType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.function.LongConsumer;

/// Draws tensors piece by piece, several pieces at once, and hands them to a writer in order. A few
/// pieces are all that is in memory.
public final class RandomTensors implements AutoCloseable {
  private static final long PIECE = 1 << 22;
  private static final int BLOCK = 4096;
  private static final long ALIGNMENT = 64;

  private final Function<String, Initializer> initializers;
  private final long seed;
  private final LongConsumer written;
  private final Arena arena = Arena.ofShared();
  private final ExecutorService workers;

  /// Memory for pieces: those that nobody writes or draws into at the moment.
  private final ArrayDeque<MemorySegment> free = new ArrayDeque<>();

  private long bytes;

  /// @param initializers of a weight, by its path
  /// @param threads that draw
  /// @param written hears how many bytes of all tensors the writer has taken
  public RandomTensors(
      Function<String, Initializer> initializers, long seed, int threads, LongConsumer written) {
    this.initializers = initializers;
    this.seed = seed;
    this.written = written;
    this.workers = Executors.newFixedThreadPool(threads);
    // One more is being written, and one waits, so that neither side stands still.
    for (int i = 0; i < threads + 2; i++) free.add(arena.allocate(PIECE, ALIGNMENT));
  }

  /// A tensor whose numbers are drawn when they are written, which must happen before this is
  /// closed, one tensor after the other.
  public SafetensorsWriter.Tensor of(FileTensor tensor) {
    var info = tensor.info();
    return new SafetensorsWriter.Tensor(
        info.name(), info.type(), info.shape(), sink -> write(tensor, sink));
  }

  private record Drawn(MemorySegment memory, long size) {}

  private void write(FileTensor tensor, SafetensorsWriter.Sink sink) throws IOException {
    var draws = new LinkedHashMap<FileTensor.Part, Draws>();
    for (FileTensor.Part part : tensor.parts()) {
      var path = part.weight().path();
      draws.put(part, new Draws(initializers.apply(path), seed, path));
    }
    long size = tensor.info().bytes();
    var pending = new ArrayDeque<Future<Drawn>>();
    long begun = 0;
    while (begun < size || !pending.isEmpty()) {
      while (begun < size && !free.isEmpty()) {
        long begin = begun;
        long end = Math.min(size, begin + PIECE);
        var memory = free.remove();
        pending.add(workers.submit(() -> draw(tensor.info().type(), draws, begin, end, memory)));
        begun = end;
      }
      var drawn = finished(pending.remove());
      sink.write(drawn.memory().asSlice(0, drawn.size()));
      free.add(drawn.memory());
      bytes += drawn.size();
      written.accept(bytes);
    }
  }

  private static Drawn finished(Future<Drawn> drawn) throws IOException {
    try {
      return drawn.get();
    } catch (InterruptedException interruption) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", interruption);
    } catch (ExecutionException failure) {
      throw new IllegalStateException("numbers could not be drawn", failure.getCause());
    }
  }

  /// Bytes `[begin, end)` of a tensor. Places that belong to no weight are zero.
  private static Drawn draw(
      DType type, Map<FileTensor.Part, Draws> parts, long begin, long end, MemorySegment memory) {
    int width = type.bits() / 8;
    var piece = memory.asSlice(0, end - begin).fill((byte) 0);
    var block = new double[BLOCK];
    long first = begin / width;
    parts.forEach(
        (part, draws) ->
            part.visit(
                first,
                end / width,
                (place, placeStride, element, elementStride, count) -> {
                  // Numbers of which the next has its place elsewhere are written one by one.
                  int most = placeStride == 1 ? BLOCK : 1;
                  for (long at = 0; at < count; at += most) {
                    int size = (int) Math.min(most, count - at);
                    draws.fill(block, size, element + at * elementStride, elementStride);
                    Convert.write(piece, type, place - first + at * placeStride, block, size);
                  }
                }));
    return new Drawn(memory, end - begin);
  }

  @Override
  public void close() {
    workers.close();
    arena.close();
  }
}
