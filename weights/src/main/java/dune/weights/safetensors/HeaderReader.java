package dune.weights.safetensors;

import dune.weights.EnvironmentFailure;
import dune.weights.InputFailure;
import dune.weights.Quoted;
import dune.weights.safetensors.HeaderJson.Claim;
import dune.weights.tensor.TensorInfo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Reads and distrusts headers.
///
/// - (C1) the length fits the file and the limit of the format
/// - (C2) the header is an object of entries as the format has them, in valid UTF-8, no key twice
/// - (C3) each tensor's bytes are as many as type and shape need
/// - (C4) the tensors cover the file from the end of the header to its own end, without gaps and
///   overlaps
final class HeaderReader {
  /// The limit that the format's own library sets.
  static final long LONGEST_HEADER = 100_000_000;

  private static final int LENGTH_BYTES = 8;
  private static final String AGAIN = "; download or copy it again";

  private final Path file;

  private HeaderReader(Path file) {
    this.file = file;
  }

  /// @throws EnvironmentFailure if the file cannot be read
  /// @throws InputFailure if it is no safetensors file, or breaks one of the constraints
  static Header read(Path file) {
    if (Files.isDirectory(file)) {
      throw new EnvironmentFailure(
          "cannot read " + Quoted.path(file) + ": it is a folder; name a safetensors file");
    }
    try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
      return new HeaderReader(file).read(channel);
    } catch (IOException failure) {
      throw EnvironmentFailure.reading(file, failure);
    }
  }

  private Header read(FileChannel channel) throws IOException {
    long size = channel.size();
    if (size < LENGTH_BYTES) {
      throw broken("it has " + size + " bytes, and a safetensors file begins with 8" + AGAIN);
    }
    long length = bytes(channel, 0, LENGTH_BYTES).getLong();
    if (length < 0 || length > LONGEST_HEADER) {
      throw broken(
          "its header claims to have "
              + Long.toUnsignedString(length)
              + " bytes, and 100,000,000 is the limit; this is not a safetensors file");
    }
    if (length > size - LENGTH_BYTES) {
      throw broken(
          "its header has "
              + length
              + " bytes, and the file ends after "
              + size
              + "; it is truncated"
              + AGAIN);
    }
    byte[] json = bytes(channel, LENGTH_BYTES, (int) length).array();
    var entries = new HeaderJson(file, json).read();
    long dataStart = LENGTH_BYTES + length;
    var tensors = cover(entries.tensors(), size - dataStart);
    return new Header(entries.metadata(), tensors, dataStart, size);
  }

  private ByteBuffer bytes(FileChannel channel, long position, int count) throws IOException {
    var bytes = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, position + bytes.position()) < 0) {
        throw broken("it became shorter while it was read; wait until it is complete");
      }
    }
    return bytes.flip();
  }

  private Map<String, Header.Entry> cover(List<Claim> entries, long available) {
    var sorted = new ArrayList<>(entries);
    sorted.sort(Comparator.comparingLong(Claim::begin).thenComparingLong(Claim::end));
    var tensors = new LinkedHashMap<String, Header.Entry>();
    long covered = 0;
    var last = "the header";
    for (Claim tensor : sorted) {
      var name = Quoted.name(tensor.name());
      checkSize(tensor);
      if (tensor.begin() > covered) {
        throw broken(
            "between " + last + " and " + name + " lie bytes of no tensor; it is not well-formed");
      }
      if (tensor.begin() < covered) {
        throw broken(name + " and " + last + " overlap; it is not well-formed");
      }
      covered = tensor.end();
      last = name;
      var info = new TensorInfo(tensor.name(), tensor.type(), tensor.shape());
      tensors.put(tensor.name(), new Header.Entry(info, tensor.begin(), tensor.end()));
    }
    if (covered > available) {
      throw broken(
          "its tensors take "
              + covered
              + " bytes, and it has "
              + available
              + " for them; it is truncated"
              + AGAIN);
    }
    if (covered < available) {
      throw broken((available - covered) + " bytes after " + last + " belong to no tensor" + AGAIN);
    }
    return tensors;
  }

  private void checkSize(Claim tensor) {
    var name = Quoted.name(tensor.name());
    if (tensor.begin() > tensor.end()) {
      throw broken(name + " ends before it begins; it is not well-formed");
    }
    var needed = tensor.type().bytes(tensor.shape());
    if (needed.isEmpty()) {
      throw broken(name + " has the impossible shape " + shape(tensor) + "; it is not well-formed");
    }
    if (needed.getAsLong() != tensor.end() - tensor.begin()) {
      throw broken(
          name
              + " is "
              + shape(tensor)
              + " and needs "
              + needed.getAsLong()
              + " bytes, but has "
              + (tensor.end() - tensor.begin())
              + "; it is not well-formed");
    }
  }

  private static String shape(Claim tensor) {
    return tensor.type() + Quoted.plain(tensor.shape().toString());
  }

  private InputFailure broken(String message) {
    return new InputFailure(file, message);
  }
}
