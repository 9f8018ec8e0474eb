package dune.weights.tensor;

import dune.weights.InputFailure;
import dune.weights.Quoted;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The tensors of a checkpoint, which may be spread over several files, of any format.
public final class Tensors {

  /// A tensor and where its elements lie.
  public record Located(TensorInfo info, Source source) {

    /// The file that holds it, or the first of its parts.
    public DataFile file() {
      return source.regions().getFirst().file();
    }
  }

  private final Map<String, Located> tensors;

  /// @param tensors by name, file by file, in the order in which they lie there
  public Tensors(Map<String, Located> tensors) {
    this.tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
  }

  /// The tensors of several files together.
  ///
  /// @throws InputFailure if two files have a tensor of the same name
  public static Tensors of(List<Tensors> files) {
    var all = new LinkedHashMap<String, Located>();
    for (Tensors file : files) {
      file.tensors.forEach(
          (name, tensor) -> {
            var former = all.put(name, tensor);
            if (former != null) throw twice(name, former, tensor);
          });
    }
    return new Tensors(all);
  }

  private static InputFailure twice(String name, Located former, Located tensor) {
    return new InputFailure(
        tensor.file().path(),
        Quoted.name(name)
            + " is also in "
            + Quoted.path(former.file().path())
            + "; files of two checkpoints lie in this folder");
  }

  /// The files, each once.
  public List<DataFile> files() {
    var files = new LinkedHashSet<DataFile>();
    for (Located tensor : tensors.values()) {
      tensor.source().regions().forEach(region -> files.add(region.file()));
    }
    return List.copyOf(files);
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
    var segments = new LinkedHashMap<DataFile, MemorySegment>();
    for (DataFile file : files()) segments.put(file, file.map(arena));
    return new Mapped(segments);
  }

  /// The memory of mapped tensors.
  public static final class Mapped {
    private final Map<DataFile, MemorySegment> segments;

    private Mapped(Map<DataFile, MemorySegment> segments) {
      this.segments = segments;
    }

    /// The bytes of a region, where they lie in the file: little-endian, aligned to nothing.
    public MemorySegment of(Source.Region region) {
      return segments.get(region.file()).asSlice(region.begin(), region.bytes());
    }
  }
}
