package dune.weights.safetensors;

import dune.weights.EnvironmentFailure;
import dune.weights.InputFailure;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// A safetensors file whose header was read. Its tensors stay on the disk until they are mapped.
public record SafetensorsFile(Path path, Header header) {

  /// @throws EnvironmentFailure if the file cannot be read
  /// @throws InputFailure if it is no well-formed safetensors file
  public static SafetensorsFile read(Path path) {
    return new SafetensorsFile(path, HeaderReader.read(path));
  }

  /// Maps all tensors of the file, of any size, as one read-only segment that lives as long as
  /// `arena`. Nothing is read before it is touched. The file must not be cut while it is mapped:
  /// replace it by renaming, never in place.
  public MemorySegment map(Arena arena) {
    try (var channel = FileChannel.open(path, StandardOpenOption.READ)) {
      if (channel.size() != header.fileSize()) {
        throw new InputFailure(path, "it changed after its header was read; start again");
      }
      long bytes = header.fileSize() - header.dataStart();
      return channel.map(FileChannel.MapMode.READ_ONLY, header.dataStart(), bytes, arena);
    } catch (IOException failure) {
      throw EnvironmentFailure.reading(path, failure);
    }
  }
}
