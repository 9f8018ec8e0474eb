package dune.weights.safetensors;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dune.weights.AtomicFile;
import dune.weights.EnvironmentFailure;
import dune.weights.tensor.DType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Writes safetensors files, byte for byte as the format's own library would. Tensors are streamed:
/// none has to fit into the heap, and their bytes are asked for one tensor after the other.
public final class SafetensorsWriter {

  /// What the format's readers want to find in `__metadata__`.
  public static final Map<String, String> PYTORCH = Map.of("format", "pt");

  /// Larger pieces gain nothing, and each may be copied on its way.
  private static final long PIECE = 1 << 24;

  private static final ValueLayout.OfFloat LITTLE_FLOAT =
      ValueLayout.JAVA_FLOAT.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final JsonFactory JSON = new JsonFactory();

  /// A tensor to write.
  ///
  /// @param content its bytes, little-endian, row by row
  public record Tensor(String name, DType type, List<Long> shape, Content content) {
    public Tensor {
      shape = List.copyOf(shape);
      if (name.equals(HeaderJson.METADATA) || type.bytes(shape).isEmpty()) {
        throw new IllegalArgumentException("no tensor can be " + name + ": " + type + shape);
      }
    }

    /// A tensor of f32.
    ///
    /// @param numbers row-major
    public static Tensor of(String name, List<Long> shape, float[] numbers) {
      return new Tensor(
          name,
          DType.F32,
          shape,
          sink -> {
            try (Arena arena = Arena.ofConfined()) {
              sink.write(arena.allocateFrom(LITTLE_FLOAT, numbers));
            }
          });
    }

    long bytes() {
      return type.bytes(shape).orElseThrow();
    }
  }

  /// Produces the bytes of one tensor, in as many pieces as it likes.
  @FunctionalInterface
  public interface Content {
    void writeTo(Sink sink) throws IOException;

    static Content of(MemorySegment bytes) {
      return sink -> sink.write(bytes);
    }
  }

  /// Takes the bytes of one tensor.
  @FunctionalInterface
  public interface Sink {
    void write(MemorySegment bytes) throws IOException;
  }

  private SafetensorsWriter() {}

  /// @throws EnvironmentFailure if the file cannot be written; nothing is left behind then
  public static void write(Path target, Map<String, String> metadata, List<Tensor> tensors) {
    var sorted = sorted(tensors);
    byte[] header = header(metadata, sorted);
    AtomicFile.write(
        target,
        channel -> {
          AtomicFile.writeFully(channel, ByteBuffer.wrap(header));
          for (Tensor tensor : sorted) write(channel, tensor);
        });
  }

  /// Later types first, so that with the usual types each tensor is aligned to its element; then by
  /// the bytes of the name.
  private static List<Tensor> sorted(List<Tensor> tensors) {
    var sorted = new ArrayList<>(tensors);
    sorted.sort(
        Comparator.comparing(Tensor::type)
            .reversed()
            .thenComparing(
                tensor -> tensor.name().getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned));
    var names = new LinkedHashSet<String>();
    for (Tensor tensor : sorted) {
      if (!names.add(tensor.name())) {
        throw new IllegalArgumentException("two tensors are called " + tensor.name());
      }
    }
    return sorted;
  }

  private static byte[] header(Map<String, String> metadata, List<Tensor> tensors) {
    var json = new ByteArrayOutputStream();
    try (var generator = JSON.createGenerator(json)) {
      generator.writeStartObject();
      if (!metadata.isEmpty()) writeMetadata(generator, metadata);
      long begin = 0;
      for (Tensor tensor : tensors) {
        long end = Math.addExact(begin, tensor.bytes());
        writeEntry(generator, tensor, begin, end);
        begin = end;
      }
      generator.writeEndObject();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    while (json.size() % Long.BYTES != 0) json.write(' ');
    if (json.size() > HeaderReader.LONGEST_HEADER) {
      throw new IllegalArgumentException("too many tensors for one file: " + tensors.size());
    }
    return ByteBuffer.allocate(Long.BYTES + json.size())
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(json.size())
        .put(json.toByteArray())
        .array();
  }

  private static void writeMetadata(JsonGenerator generator, Map<String, String> metadata)
      throws IOException {
    generator.writeObjectFieldStart(HeaderJson.METADATA);
    for (var entry : new TreeMap<>(metadata).entrySet()) {
      generator.writeStringField(entry.getKey(), entry.getValue());
    }
    generator.writeEndObject();
  }

  private static void writeEntry(JsonGenerator generator, Tensor tensor, long begin, long end)
      throws IOException {
    generator.writeObjectFieldStart(tensor.name());
    generator.writeStringField("dtype", tensor.type().name());
    generator.writeArrayFieldStart("shape");
    for (long size : tensor.shape()) generator.writeNumber(size);
    generator.writeEndArray();
    generator.writeArrayFieldStart("data_offsets");
    generator.writeNumber(begin);
    generator.writeNumber(end);
    generator.writeEndArray();
    generator.writeEndObject();
  }

  private static void write(WritableByteChannel channel, Tensor tensor) throws IOException {
    var written = new long[1];
    tensor
        .content()
        .writeTo(
            bytes -> {
              written[0] += bytes.byteSize();
              if (written[0] > tensor.bytes()) throw wrongSize(tensor, written[0]);
              writePieces(channel, bytes);
            });
    if (written[0] != tensor.bytes()) throw wrongSize(tensor, written[0]);
  }

  private static void writePieces(WritableByteChannel channel, MemorySegment bytes)
      throws IOException {
    for (long at = 0; at < bytes.byteSize(); at += PIECE) {
      var piece = bytes.asSlice(at, Math.min(PIECE, bytes.byteSize() - at));
      AtomicFile.writeFully(channel, piece.asByteBuffer());
    }
  }

  private static IllegalStateException wrongSize(Tensor tensor, long bytes) {
    return new IllegalStateException(
        tensor.name() + " has " + tensor.bytes() + " bytes, and " + bytes + " came");
  }
}
