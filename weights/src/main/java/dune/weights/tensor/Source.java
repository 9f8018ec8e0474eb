package dune.weights.tensor;

import dune.weights.layout.Strided;
import dune.weights.tensor.Tensors.Located;
import java.util.List;
import java.util.stream.Collectors;

/// Where the elements of a tensor come from.
public sealed interface Source {

  /// From one part of one file. Several tensors may share it.
  ///
  /// @param begin of the part, counted from the start of the file
  /// @param bytes of the part; everything that `layout` reaches lies within
  record Region(DataFile file, long begin, long bytes, Strided layout) implements Source {}

  /// From tensors that lie side by side along an axis, as if each held a part of one.
  record Joined(int axis, List<Located> parts) implements Source {
    public Joined {
      parts = List.copyOf(parts);
      if (parts.isEmpty()) throw new IllegalArgumentException("nothing to join");
    }
  }

  /// All parts of files that it is made of.
  default List<Region> regions() {
    return switch (this) {
      case Region region -> List.of(region);
      case Joined(_, var parts) ->
          parts.stream().flatMap(part -> part.source().regions().stream()).toList();
    };
  }

  /// Which bytes these are, without the folders: equal for two checkpoints of equal make.
  default String text() {
    return switch (this) {
      case Region(var file, var begin, var bytes, var layout) ->
          "%s[%d, %d] %d %s"
              .formatted(file.path().getFileName(), begin, bytes, layout.offset(), layout.runs());
      case Joined(var axis, var parts) ->
          parts.stream()
              .map(part -> part.source().text())
              .collect(Collectors.joining(" | ", axis + "(", ")"));
    };
  }
}
