package dune.frontend.parse;

import dune.frontend.ast.Documentation;
import dune.frontend.source.SourceText;
import dune.grammar.DuneParser.FileContext;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.antlr.v4.runtime.Token;

/// Finds what a `///` comment documents: the definition on the line below it, or else, at the top,
/// the file.
final class Documents {
  private final SourceText source;
  private final List<List<Comment>> groups;
  private final Map<Integer, List<Comment>> groupsByLastLine = new HashMap<>();

  Documents(SourceText source, List<Comment> comments) {
    this.source = source;
    this.groups = groups(source, comments);
    groups.forEach(group -> groupsByLastLine.put(lastLine(group), group));
  }

  /// Documentation lines that stand directly below each other.
  private static List<List<Comment>> groups(SourceText source, List<Comment> comments) {
    var groups = new ArrayList<List<Comment>>();
    int lastLine = -1;
    for (var comment : comments) {
      if (comment.kind() != Comment.Kind.DOC || !comment.ownLine()) {
        continue;
      }
      int line = source.line(comment.span().start());
      if (line != lastLine + 1 || groups.isEmpty()) {
        groups.add(new ArrayList<>());
      }
      groups.getLast().add(comment);
      lastLine = line;
    }
    return groups;
  }

  /// The documentation that ends on the line above a token.
  Optional<Documentation> before(Token token) {
    int line = source.line(token.getStartIndex()) - 1;
    return Optional.ofNullable(groupsByLastLine.get(line)).map(this::joined);
  }

  /// The documentation at the top, unless it belongs to the first definition.
  Optional<Documentation> ofFile(FileContext file) {
    if (groups.isEmpty()) {
      return Optional.empty();
    }
    var first = groups.getFirst();
    boolean atTop =
        first.getFirst().span().start() < file.getStart().getStartIndex()
            || file.version() != null
                && file.getChildCount() > 1
                && first.getFirst().span().start() < startOfSecond(file);
    boolean ofDefinition =
        file.definition().stream()
            .anyMatch(
                definition ->
                    source.line(definition.getStart().getStartIndex()) == lastLine(first) + 1);
    return atTop && !ofDefinition ? Optional.of(joined(first)) : Optional.empty();
  }

  /// Where what follows the version line begins.
  private int startOfSecond(FileContext file) {
    var imports = file.importDecl().stream().mapToInt(i -> i.getStart().getStartIndex());
    var definitions = file.definition().stream().mapToInt(d -> d.getStart().getStartIndex());
    return IntStream.concat(imports, definitions).min().orElse(source.length());
  }

  private int lastLine(List<Comment> group) {
    return source.line(group.getLast().span().start());
  }

  private Documentation joined(List<Comment> group) {
    String text =
        group.stream()
            .map(comment -> comment.span().text().replaceFirst("^///+ ?", "").stripTrailing())
            .collect(Collectors.joining("\n"));
    return new Documentation(text, group.getFirst().span().to(group.getLast().span()));
  }
}
