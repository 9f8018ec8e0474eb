package dune.ir;

import java.util.Optional;

/// Where a node comes from: a place in a `.dune` file, the block that it belongs to, and the call
/// that led there.
///
/// @param file name of the source as the author would recognise it (`std/norm.dune`)
/// @param line one-based
/// @param column one-based
/// @param path member path of the block instance (`layers.3.self_attn`), empty for the model itself
/// @param caller the call through which the node was reached, if its text stands in another
///   definition
public record Origin(String file, int line, int column, String path, Optional<Origin> caller) {
  /// For nodes that no author wrote.
  public static final Origin NONE = new Origin("", 0, 0, "", Optional.empty());

  public Origin(String file, int line, int column, String path) {
    this(file, line, column, path, Optional.empty());
  }

  /// `std/norm.dune:12`, or empty for a node that no author wrote.
  public String place() {
    return file.isEmpty() ? "" : file + ":" + line;
  }
}
