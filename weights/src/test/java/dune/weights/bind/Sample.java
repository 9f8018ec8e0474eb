package dune.weights.bind;

import dune.weights.safetensors.SafetensorsFile;
import dune.weights.safetensors.SafetensorsWriter;
import dune.weights.tensor.DType;
import dune.weights.tensor.Tensors;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/// A file of small tensors. The elements of an f32 tensor are `start, start + 1, ..`, so that each
/// tells where it came from.
final class Sample {
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final List<SafetensorsWriter.Tensor> tensors = new ArrayList<>();

  Sample counting(String name, float start, long... shape) {
    float[] values = new float[(int) LongStream.of(shape).reduce(1, (a, b) -> a * b)];
    for (int i = 0; i < values.length; i++) values[i] = start + i;
    return raw(name, DType.F32, bytes(values), shape);
  }

  Sample zeros(String name, DType type, long... shape) {
    long count = LongStream.of(shape).reduce(1, (a, b) -> a * b);
    return raw(name, type, new byte[(int) (count * type.bits() / 8)], shape);
  }

  Sample raw(String name, DType type, byte[] bytes, long... shape) {
    tensors.add(
        new SafetensorsWriter.Tensor(
            name,
            type,
            LongStream.of(shape).boxed().toList(),
            SafetensorsWriter.Content.of(MemorySegment.ofArray(bytes))));
    return this;
  }

  Tensors in(Path folder) {
    Path file = folder.resolve("model.safetensors");
    SafetensorsWriter.write(file, Map.of(), tensors);
    return SafetensorsFile.read(file).tensors();
  }

  static byte[] bytes(float... values) {
    var bytes = new byte[values.length * 4];
    var segment = MemorySegment.ofArray(bytes);
    for (int i = 0; i < values.length; i++) segment.set(FLOAT, i * 4L, values[i]);
    return bytes;
  }

  static float[] floats(MemorySegment bytes) {
    float[] values = new float[(int) (bytes.byteSize() / 4)];
    for (int i = 0; i < values.length; i++) values[i] = bytes.get(FLOAT, i * 4L);
    return values;
  }
}
