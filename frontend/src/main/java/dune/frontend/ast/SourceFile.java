package dune.frontend.ast;

import dune.frontend.source.Span;
import java.util.List;
import java.util.Optional;

/// A whole file.
public record SourceFile(
    Optional<VersionLine> version,
    Optional<Documentation> documentation,
    List<Import> imports,
    List<Definition> definitions,
    Span span)
    implements Node {
  public SourceFile {
    imports = List.copyOf(imports);
    definitions = List.copyOf(definitions);
  }
}
