package dune.frontend.parse;

import dune.frontend.diagnostic.Diagnostic;
import dune.frontend.diagnostic.Diagnostics;
import dune.frontend.diagnostic.ErrorCode;
import dune.frontend.parse.Lexing.Lexed;
import dune.frontend.source.SourceText;
import dune.grammar.DuneLexer;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/// Finds `x // 2`, which other languages read as a division and this one as a comment.
final class SuspiciousComments {
  private static final Pattern OPERAND =
      Pattern.compile("// ?(?<operand>[0-9]+|[A-Za-z_]\\w*)[)\\],]*(?: [-+*/%].*)?");

  private SuspiciousComments() {}

  /// Warns where a comment follows an operand and holds nothing but a number or a name of this
  /// file.
  static void report(SourceText source, Lexed lexed, Diagnostics diagnostics) {
    var candidates =
        lexed.comments().stream()
            .filter(comment -> comment.kind() == Comment.Kind.LINE && !comment.ownLine())
            .toList();
    if (candidates.isEmpty()) {
      return;
    }
    var names = new HashSet<String>();
    for (var token : lexed.tokens()) {
      if (token.getType() == DuneLexer.ID) {
        names.add(token.getText());
      }
    }
    candidates.stream()
        .filter(comment -> dividesBy(comment, source, names))
        .filter(comment -> followsOperand(comment, lexed.tokens()))
        .forEach(
            comment ->
                diagnostics.report(
                    Diagnostic.of(
                            ErrorCode.SUSPICIOUS_COMMENT,
                            comment.span(),
                            "`//` begins a comment and does not divide")
                        .help(
                            "write `floor(a / b)` to round down; `a / b` of dimensions is exact")));
  }

  /// A comment that the author set apart from the code by two spaces is meant as one.
  private static boolean dividesBy(Comment comment, SourceText source, Set<String> names) {
    var matcher = OPERAND.matcher(comment.span().text());
    if (!matcher.matches()) {
      return false;
    }
    String operand = matcher.group("operand");
    int start = comment.span().start();
    boolean apart = start > 1 && source.text().substring(start - 2, start).isBlank();
    return !apart && (Character.isDigit(operand.charAt(0)) || names.contains(operand));
  }

  private static boolean followsOperand(Comment comment, List<SyntaxToken> tokens) {
    int low = 0;
    int high = tokens.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (tokens.get(middle).getStartIndex() < comment.span().start()) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low > 0 && SyntaxErrors.endsOperand(tokens.get(low - 1));
  }
}
