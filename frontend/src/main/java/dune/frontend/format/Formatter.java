package dune.frontend.format;

import dune.frontend.diagnostic.Diagnostics;
import dune.frontend.parse.Comment;
import dune.frontend.parse.Parsing;
import dune.frontend.parse.Syntax;
import dune.frontend.source.SourceText;
import dune.grammar.DuneLexer;
import dune.grammar.DuneParser;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.antlr.v4.runtime.ParserRuleContext;
import org.antlr.v4.runtime.Token;
import org.antlr.v4.runtime.tree.ParseTree;
import org.antlr.v4.runtime.tree.TerminalNode;

/// Lays a file out: two spaces per open bracket, one space where tokens meet, at most one blank
/// line. Several members, statements or `config` lines may share a line, with the spaces that align
/// them.
public final class Formatter {
  private final SourceText source;
  private final Set<Integer> starts = new HashSet<>();

  /// Minus signs with something on their left.
  private final Set<Integer> subtractions = new HashSet<>();

  /// The braces of imports, which touch what is in them.
  private final Set<Integer> touching = new HashSet<>();

  /// Words that are names because they follow a dot.
  private final Set<Integer> fields = new HashSet<>();

  private final StringBuilder out = new StringBuilder();
  private final Deque<Bracket> open = new ArrayDeque<>();
  private int lineIndent;

  /// An open bracket: what it is, and how far the lines in it and the line of its partner are
  /// indented.
  private record Bracket(int type, int inner, int outer) {}

  /// A token or comment at its place.
  private record Piece(int type, int start, int end, String text) {
    boolean isComment() {
      return type < 0;
    }
  }

  private static final int COMMENT = -2;
  private static final int INDENT = 2;

  private Formatter(SourceText source) {
    this.source = source;
  }

  /// The file in its layout; empty if it has syntax errors, which are reported.
  public static Optional<String> format(SourceText source, Diagnostics diagnostics) {
    Optional<Syntax> syntax = Parsing.syntax(source, diagnostics);
    if (syntax.isEmpty() || diagnostics.hasErrors()) return Optional.empty();
    return Optional.of(new Formatter(source).run(syntax.get()));
  }

  private String run(Syntax syntax) {
    var pieces = new ArrayList<Piece>();
    collect(syntax.tree(), pieces);
    for (Comment comment : syntax.comments()) {
      var span = comment.span();
      pieces.add(new Piece(COMMENT, span.start(), span.end(), span.text().stripTrailing()));
    }
    pieces.sort(Comparator.comparingInt(Piece::start));
    Optional<Piece> before = Optional.empty();
    for (Piece piece : pieces) {
      place(piece, before);
      before = Optional.of(piece);
    }
    return out.isEmpty() ? "" : out.append('\n').toString();
  }

  private void collect(ParseTree tree, List<Piece> into) {
    switch (tree) {
      case TerminalNode leaf -> {
        Token token = leaf.getSymbol();
        boolean real =
            token.getType() != Token.EOF && token.getStopIndex() >= token.getStartIndex();
        if (real) {
          if (token.getType() == DuneLexer.MINUS
              && leaf.getParent() instanceof DuneParser.BinaryContext) {
            subtractions.add(token.getStartIndex());
          }
          if (leaf.getParent() instanceof DuneParser.WordContext) fields.add(token.getStartIndex());
          if (leaf.getParent() instanceof DuneParser.ImportDeclContext)
            touching.add(token.getStartIndex());
          into.add(
              new Piece(
                  token.getType(),
                  token.getStartIndex(),
                  token.getStopIndex() + 1,
                  token.getText()));
        }
      }
      case ParserRuleContext rule -> {
        if (isStart(rule)) starts.add(rule.getStart().getStartIndex());
        for (int i = 0; i < rule.getChildCount(); i++) collect(rule.getChild(i), into);
      }
      default -> {
        // ANTLR knows only leaves and rules.
      }
    }
  }

  /// Whether a rule begins something that stands on a line of its own; any other line goes on with
  /// the one before.
  private static boolean isStart(ParserRuleContext rule) {
    return switch (rule) {
      case DuneParser.ImportDeclContext _,
          DuneParser.DefinitionContext _,
          DuneParser.ItemContext _,
          DuneParser.StatementContext _,
          DuneParser.MatchCaseContext _,
          DuneParser.ConfigRuleContext _,
          DuneParser.WeightRuleContext _,
          DuneParser.InitRuleContext _,
          DuneParser.ConfigClauseContext _,
          DuneParser.WeightsClauseContext _ ->
          true;
      default -> false;
    };
  }

  private void place(Piece piece, Optional<Piece> before) {
    if (before.isEmpty()) {
      lineIndent = 0;
    } else {
      int lines = source.line(piece.start()) - source.line(Math.max(before.get().end() - 1, 0));
      if (lines > 0) newLine(piece, before.get(), lines);
      else out.append(" ".repeat(gap(before.get(), piece)));
    }
    out.append(piece.text());
    switch (piece.type()) {
      case DuneLexer.LPAREN,
          DuneLexer.LINE_LPAREN,
          DuneLexer.LBRACK,
          DuneLexer.LINE_LBRACK,
          DuneLexer.LBRACE ->
          open.push(new Bracket(piece.type(), lineIndent + INDENT, lineIndent));
      case DuneLexer.RPAREN, DuneLexer.RBRACK, DuneLexer.RBRACE -> open.poll();
      default -> {
        // Opens and closes nothing.
      }
    }
  }

  private void newLine(Piece piece, Piece before, int lines) {
    boolean blank =
        lines > 1 && before.type() != DuneLexer.LBRACE && piece.type() != DuneLexer.RBRACE;
    out.append(blank ? "\n\n" : "\n");
    lineIndent = indent(piece);
    out.append(" ".repeat(lineIndent));
  }

  private int indent(Piece piece) {
    Bracket bracket = open.peek();
    if (isCloser(piece.type())) return bracket == null ? 0 : bracket.outer();
    int inner = bracket == null ? 0 : bracket.inner();
    boolean block = bracket == null || bracket.type() == DuneLexer.LBRACE;
    boolean continues = block && !piece.isComment() && !starts.contains(piece.start());
    return continues ? inner + INDENT : inner;
  }

  private static boolean isCloser(int type) {
    return type == DuneLexer.RPAREN || type == DuneLexer.RBRACK || type == DuneLexer.RBRACE;
  }

  /// How many spaces stand between two pieces of one line.
  private int gap(Piece left, Piece right) {
    int written = right.start() - left.end();
    if (right.isComment()) return Math.max(2, written);
    return switch (right.type()) {
      case DuneLexer.COMMA,
          DuneLexer.COLON,
          DuneLexer.RPAREN,
          DuneLexer.RBRACK,
          DuneLexer.OPTIONAL ->
          0;
      case DuneLexer.DOT ->
          endsOperand(left)
              ? 0
              : left.type() == DuneLexer.STAR ? Math.min(1, written) : opens(left) ? 0 : 1;
      case DuneLexer.LPAREN, DuneLexer.LBRACK -> tight(left) ? 0 : isUnary(left) ? 0 : 1;
      case DuneLexer.RBRACE ->
          left.type() == DuneLexer.LBRACE || touching.contains(right.start()) ? 0 : 1;
      default -> after(left, right, written);
    };
  }

  private int after(Piece left, Piece right, int written) {
    if (opens(left) || left.type() == DuneLexer.DOT || isUnary(left)) return 0;
    if (left.type() == DuneLexer.LBRACE) return touching.contains(left.start()) ? 0 : 1;
    boolean closed = left.type() == DuneLexer.RBRACE && right.type() != DuneLexer.ELSE;
    boolean meet = closed || endsOperand(left) && beginsOperand(right.type());
    return meet ? Math.max(1, written) : 1;
  }

  /// Brackets whose contents touch them.
  private static boolean opens(Piece piece) {
    return switch (piece.type()) {
      case DuneLexer.LPAREN, DuneLexer.LINE_LPAREN, DuneLexer.LBRACK, DuneLexer.LINE_LBRACK -> true;
      default -> false;
    };
  }

  /// What an opening bracket touches: a call, an index, a shape after its element type.
  private boolean tight(Piece left) {
    return opens(left)
        || left.type() == DuneLexer.DOT
        || endsOperand(left) && left.type() != DuneLexer.RBRACE
        || left.type() == DuneLexer.FORWARD;
  }

  private static boolean isElement(int type) {
    return switch (type) {
      case DuneLexer.F64,
          DuneLexer.F32,
          DuneLexer.F16,
          DuneLexer.BF16,
          DuneLexer.INTT,
          DuneLexer.BOOLT ->
          true;
      default -> false;
    };
  }

  /// A minus after which nothing ends: the sign of what follows.
  private boolean isUnary(Piece piece) {
    if (piece.type() == DuneLexer.LINE_MINUS) return true;
    if (piece.type() != DuneLexer.MINUS) return false;
    return !subtractions.contains(piece.start());
  }

  private boolean endsOperand(Piece piece) {
    if (fields.contains(piece.start())) return true;
    return switch (piece.type()) {
      case DuneLexer.RPAREN,
          DuneLexer.RBRACK,
          DuneLexer.INTEGER,
          DuneLexer.REAL,
          DuneLexer.STRING,
          DuneLexer.TRUE,
          DuneLexer.FALSE,
          DuneLexer.NONE,
          DuneLexer.OPTIONAL,
          DuneLexer.PACK ->
          true;
      default -> isElement(piece.type()) || isName(piece.type());
    };
  }

  private static boolean beginsOperand(int type) {
    return switch (type) {
      case DuneLexer.INTEGER,
          DuneLexer.REAL,
          DuneLexer.STRING,
          DuneLexer.LET,
          DuneLexer.VAR,
          DuneLexer.MATCH,
          DuneLexer.REQUIRE,
          DuneLexer.TIE,
          DuneLexer.ELSE ->
          true;
      case DuneLexer.BY -> false;
      default -> isName(type);
    };
  }

  /// Names, and the words that mean something only in their place.
  private static boolean isName(int type) {
    String name = DuneLexer.VOCABULARY.getSymbolicName(type);
    return type == DuneLexer.ID || SOFT.contains(name);
  }

  private static final Set<String> SOFT =
      Set.of(
          "MASK", "CONFIG", "WEIGHTS", "IGNORE", "INIT", "TYPE", "PARAM", "BY", "TEXT", "JSON",
          "DUNE");
}
