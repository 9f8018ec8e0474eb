package dune.frontend.elaborate;

import dune.frontend.source.SourceText;
import java.util.List;

/// Where imports are looked up. The elaborator reads no files itself.
@FunctionalInterface
public interface Sources {
  /// The files that an import path names (`std`, `std.rope`, `mine`), in a fixed order; empty if
  /// there are none.
  List<SourceText> find(List<String> path);
}
