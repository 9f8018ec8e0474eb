package dune.runtime.train;

import dune.weights.bind.Convert;
import dune.weights.bind.FileTensor;
import dune.weights.safetensors.SafetensorsWriter;
import dune.weights.tensor.TensorInfo;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.Map;

/// Puts weights where a checkpoint keeps them.
final class TrainedTensors {
  private static final int BLOCK = 4096;

  private final Map<String, float[]> weights;

  /// @param weights by member path, row-major
  TrainedTensors(Map<String, float[]> weights) {
    this.weights = weights;
  }

  SafetensorsWriter.Tensor of(FileTensor tensor) {
    TensorInfo info = tensor.info();
    return new SafetensorsWriter.Tensor(
        info.name(), info.type(), info.shape(), sink -> write(tensor, sink));
  }

  private void write(FileTensor tensor, SafetensorsWriter.Sink sink) throws IOException {
    TensorInfo info = tensor.info();
    long count = info.bytes() * 8 / info.type().bits();
    try (Arena arena = Arena.ofConfined()) {
      var memory = arena.allocate(info.bytes());
      var block = new double[BLOCK];
      for (FileTensor.Part part : tensor.parts()) {
        float[] from = weights.get(part.weight().path());
        part.visit(
            0,
            count,
            (place, placeStride, element, elementStride, size) -> {
              int most = placeStride == 1 ? BLOCK : 1;
              for (long at = 0; at < size; at += most) {
                int now = (int) Math.min(most, size - at);
                for (int i = 0; i < now; i++) {
                  block[i] = from[Math.toIntExact(element + (at + i) * elementStride)];
                }
                Convert.write(memory, info.type(), place + at * placeStride, block, now);
              }
            });
      }
      sink.write(memory);
    }
  }
}
