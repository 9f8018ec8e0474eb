package dune.weights.tensor;

import dune.weights.EnvironmentFailure;
import dune.weights.InputFailure;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// A file that holds tensors, whatever its format.
///
/// @param size what it had when its description was read
public record DataFile(Path path, long size) {

  /// The whole file; see {@link #map(long, long, Arena)}.
  public MemorySegment map(Arena arena) {
    return map(0, size, arena);
  }

  /// Maps a part, of any size, as one read-only segment that lives as long as `arena`. Nothing is
  /// read before it is touched. The file must not be cut while it is mapped: replace it by
  /// renaming, never in place.
  ///
  /// @throws EnvironmentFailure if the file cannot be read
  /// @throws InputFailure if it is not the file any more that was described
  public MemorySegment map(long begin, long bytes, Arena arena) {
    try (var channel = FileChannel.open(path, StandardOpenOption.READ)) {
      if (channel.size() != size) {
        throw new InputFailure(path, "it changed after its header was read; start again");
      }
      return channel.map(FileChannel.MapMode.READ_ONLY, begin, bytes, arena);
    } catch (IOException failure) {
      throw EnvironmentFailure.reading(path, failure);
    }
  }
}
