package dune.frontend.parse;

import dune.frontend.ast.SourceFile;
import dune.grammar.DuneParser.FileContext;
import java.util.List;

/// All that parsing found out about a file: the tree of records, and for the formatter the parse
/// tree with every token and the comments between them.
public record Syntax(SourceFile file, FileContext tree, List<Comment> comments) {
  public Syntax {
    comments = List.copyOf(comments);
  }
}
