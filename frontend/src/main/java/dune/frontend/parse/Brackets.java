package dune.frontend.parse;

import dune.frontend.source.SourceText;
import dune.grammar.DuneLexer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.antlr.v4.runtime.Token;

/// Which bracket belongs to which. Made only for tokens whose brackets pair up; see {@link
/// BracketMender} for others.
///
/// `partner[i]` is the index of the other half of bracket `i`; `enclosing[i]` is the index of the
/// innermost bracket that is open around token `i` (around both halves, for a bracket), or -1.
record Brackets(int[] partner, int[] enclosing) {
  /// Deeper nesting is refused: no author needs it, and it would exhaust the stack of later phases.
  static final int DEEPEST = 100;

  enum Kind {
    ROUND("(", ")", DuneLexer.RPAREN),
    SQUARE("[", "]", DuneLexer.RBRACK),
    CURLY("{", "}", DuneLexer.RBRACE);

    final String open;
    final String close;
    final int closeType;

    Kind(String open, String close, int closeType) {
      this.open = open;
      this.close = close;
      this.closeType = closeType;
    }
  }

  static Optional<Kind> opened(Token token) {
    return switch (token.getType()) {
      case DuneLexer.LPAREN, DuneLexer.LINE_LPAREN -> Optional.of(Kind.ROUND);
      case DuneLexer.LBRACK, DuneLexer.LINE_LBRACK -> Optional.of(Kind.SQUARE);
      case DuneLexer.LBRACE -> Optional.of(Kind.CURLY);
      default -> Optional.empty();
    };
  }

  static Optional<Kind> closed(Token token) {
    return switch (token.getType()) {
      case DuneLexer.RPAREN -> Optional.of(Kind.ROUND);
      case DuneLexer.RBRACK -> Optional.of(Kind.SQUARE);
      case DuneLexer.RBRACE -> Optional.of(Kind.CURLY);
      default -> Optional.empty();
    };
  }

  /// The pairs, unless some bracket has no partner.
  static Optional<Brackets> pair(List<SyntaxToken> tokens) {
    var partner = new int[tokens.size()];
    var enclosing = new int[tokens.size()];
    Arrays.fill(partner, -1);
    var open = new ArrayDeque<Integer>();
    for (int i = 0; i < tokens.size(); i++) {
      var closes = closed(tokens.get(i));
      if (closes.isPresent()) {
        if (open.isEmpty() || !opened(tokens.get(open.peek())).equals(closes)) {
          return Optional.empty();
        }
        int opener = open.pop();
        partner[i] = opener;
        partner[opener] = i;
      }
      enclosing[i] = open.isEmpty() ? -1 : open.peek();
      if (opened(tokens.get(i)).isPresent()) {
        open.push(i);
      }
    }
    return open.isEmpty() ? Optional.of(new Brackets(partner, enclosing)) : Optional.empty();
  }

  /// The first bracket that opens deeper than {@link #DEEPEST}.
  static Optional<SyntaxToken> tooDeep(List<SyntaxToken> tokens) {
    int depth = 0;
    for (var token : tokens) {
      if (opened(token).isPresent()) {
        if (++depth > DEEPEST) {
          return Optional.of(token);
        }
      } else if (closed(token).isPresent()) {
        depth = Math.max(0, depth - 1);
      }
    }
    return Optional.empty();
  }

  /// The column, from 0, at which the line of a token begins.
  static int indentation(SourceText source, Token token) {
    int start = source.lineStart(source.line(token.getStartIndex()));
    int at = start;
    while (at < source.length()
        && (source.text().charAt(at) == ' ' || source.text().charAt(at) == '\t')) {
      at++;
    }
    return at - start;
  }
}
