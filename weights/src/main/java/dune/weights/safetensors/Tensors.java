package dune.weights.safetensors;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The tensors of a checkpoint, which may be spread over several files.
public final class Tensors {

  /// A tensor and the file that holds it.
  public record Located(SafetensorsFile file, TensorInfo info) {}

  private final List<SafetensorsFile> files;
  private final Map<String, Located> tensors;

  Tensors(List<SafetensorsFile> files, Map<String, Located> tensors) {
    this.files = List.copyOf(files);
    this.tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
  }

  /// The tensors of one file.
  public static Tensors read(Path file) {
    return ShardIndex.single(SafetensorsFile.read(file));
  }

  /// The tensors of all files that an index such as `model.safetensors.index.json` names.
  public static Tensors readIndex(Path index) {
    return new ShardIndex(index).read();
  }

  public List<SafetensorsFile> files() {
    return files;
  }

  /// By name, file by file, in the order in which they lie there.
  public Map<String, Located> all() {
    return tensors;
  }

  public Optional<Located> find(String name) {
    return Optional.ofNullable(tensors.get(name));
  }

  /// Maps the files. What is returned lives as long as `arena`.
  public Mapped map(Arena arena) {
    var segments = new LinkedHashMap<Path, MemorySegment>();
    for (SafetensorsFile file : files) segments.put(file.path(), file.map(arena));
    return new Mapped(segments);
  }

  /// The memory of mapped tensors.
  public static final class Mapped {
    private final Map<Path, MemorySegment> segments;

    private Mapped(Map<Path, MemorySegment> segments) {
      this.segments = segments;
    }

    /// The bytes of a tensor, where they lie in the file: little-endian, row by row, aligned to
    /// nothing.
    public MemorySegment of(Located tensor) {
      return segments
          .get(tensor.file().path())
          .asSlice(tensor.info().begin(), tensor.info().bytes());
    }
  }
}
