package dune.frontend.parse;

import dune.frontend.diagnostic.Diagnostic;
import dune.frontend.diagnostic.Diagnostics;
import dune.frontend.diagnostic.ErrorCode;
import dune.frontend.source.Span;
import dune.grammar.DuneLexer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.antlr.v4.runtime.Token;

/// Cuts text into tokens, reports those that are no part of the language, and puts in their place
/// what is meant.
final class Lexing {
  private final Span part;
  private final Diagnostics diagnostics;
  private final List<SyntaxToken> tokens = new ArrayList<>();
  private final List<Comment> comments = new ArrayList<>();
  private boolean lineBegins = true;
  private int strayEnd = -1;

  private Lexing(Span part, Diagnostics diagnostics) {
    this.part = part;
    this.diagnostics = diagnostics;
  }

  /// The visible tokens, the end of file last, and the comments.
  record Lexed(List<SyntaxToken> tokens, List<Comment> comments) {
    Lexed {
      tokens = List.copyOf(tokens);
      comments = List.copyOf(comments);
    }
  }

  static Lexed lex(Span part, Diagnostics diagnostics) {
    return new Lexing(part, diagnostics).run();
  }

  private Lexed run() {
    var lexer = new DuneLexer(new Utf16Stream(part));
    lexer.removeErrorListeners();
    for (Token token = lexer.nextToken(); token.getType() != Token.EOF; token = lexer.nextToken()) {
      accept(token.getType(), part.source().span(token.getStartIndex(), token.getStopIndex() + 1));
    }
    tokens.add(SyntaxToken.of(Token.EOF, part.after(), true));
    return new Lexed(tokens, comments);
  }

  private void accept(int type, Span span) {
    switch (type) {
      case DuneLexer.SPACE -> {}
      case DuneLexer.NEWLINE -> lineBegins = true;
      case DuneLexer.DOC -> comments.add(new Comment(Comment.Kind.DOC, span, lineBegins));
      case DuneLexer.COMMENT -> comments.add(new Comment(Comment.Kind.LINE, span, lineBegins));
      case DuneLexer.FOREIGN_COMMENT -> foreignComment(span);
      case DuneLexer.BYTE_ORDER_MARK -> {
        if (span.start() > 0) {
          stray(span);
        }
      }
      case DuneLexer.LINE_LPAREN, DuneLexer.LINE_LBRACK, DuneLexer.LINE_MINUS -> {
        lineBegins = true;
        add(type, part.source().span(span.end() - 1, span.end()));
      }
      case DuneLexer.ARROW -> {
        lineBegins |= span.end() - span.start() > 2;
        add(type, part.source().span(span.end() - 2, span.end()));
      }
      case DuneLexer.UNCLOSED_STRING -> {
        diagnostics.report(
            Diagnostic.of(
                    ErrorCode.UNCLOSED_TEXT,
                    part.source().span(span.start(), span.start() + 1),
                    "this text has no closing `\"`")
                .label("opened here, and the line ends before it is closed")
                .help("a text ends on its line; write `\\n` for a line break inside it"));
        add(DuneLexer.STRING, span);
      }
      case DuneLexer.SINGLE_QUOTED -> {
        diagnostics.report(
            Diagnostic.of(ErrorCode.STRAY_CHARACTER, span, "texts stand in double quotes")
                .help("write `\"" + inside(span) + "\"`"));
        add(DuneLexer.STRING, span);
      }
      case DuneLexer.BAD_NUMBER -> {
        badNumber(span);
        add(DuneLexer.INTEGER, span);
      }
      case DuneLexer.FOREIGN -> foreignOperator(span);
      case DuneLexer.STRAY -> stray(span);
      default -> add(type, span);
    }
  }

  private void add(int type, Span span) {
    tokens.add(SyntaxToken.of(type, span, lineBegins));
    lineBegins = false;
  }

  private static String inside(Span quoted) {
    return quoted.text().substring(1, quoted.text().length() - 1).replace("\"", "\\\"");
  }

  private void badNumber(Span span) {
    String text = span.text();
    var diagnostic =
        Diagnostic.of(
            ErrorCode.BAD_NUMBER,
            span,
            "`" + Wording.shortened(text) + "` is neither a number nor a name");
    if (text.matches("[0-9]+(_[0-9]+)+")) {
      diagnostic = diagnostic.help("write `" + Wording.shortened(text.replace("_", "")) + "`");
    } else if (text.matches("[0-9]+[A-Za-z]\\w*") && !text.matches("0[xXbBoO].*")) {
      diagnostic = diagnostic.note("a name begins with a letter; a product is written with `*`");
    } else {
      diagnostic = diagnostic.note("numbers are written `12`, `0.5` or `1e-5`");
    }
    diagnostics.report(diagnostic);
  }

  private void foreignComment(Span span) {
    String mark = span.text().startsWith("#") ? "#" : "/*";
    diagnostics.report(
        Diagnostic.of(
                ErrorCode.FOREIGN_OPERATOR,
                part.source().span(span.start(), span.start() + mark.length()),
                "`" + mark + "` does not begin a comment")
            .help("a comment is `//` and runs to the end of its line"));
    lineBegins |= span.text().indexOf('\n') >= 0;
  }

  private void foreignOperator(Span span) {
    var foreign = ForeignWords.operator(span.text());
    diagnostics.report(
        Diagnostic.of(
                ErrorCode.FOREIGN_OPERATOR, span, "`" + span.text() + "` is not an operator here")
            .help(foreign.help()));
    foreign.meant().ifPresent(type -> add(type, span));
  }

  /// A run of stray characters is one report, at its first character.
  private void stray(Span span) {
    if (span.start() != strayEnd) {
      diagnostics.report(strayCharacter(span));
    }
    strayEnd = span.end();
    ForeignWords.character(span.text().charAt(0))
        .flatMap(ForeignWords.Foreign::meant)
        .ifPresent(type -> add(type, span));
  }

  private Diagnostic strayCharacter(Span span) {
    int point = part.source().text().codePointAt(span.start());
    var known = ForeignWords.character(point);
    String shown =
        Character.isValidCodePoint(point)
                && !Character.isISOControl(point)
                && Character.getType(point) != Character.FORMAT
                && Character.getType(point) != Character.SURROGATE
                && !Character.isSpaceChar(point)
            ? "`" + Character.toString(point) + "`"
            : Optional.ofNullable(Character.getName(point))
                .map(name -> "the character " + name)
                .orElse("a broken character");
    var diagnostic =
        Diagnostic.of(
            ErrorCode.STRAY_CHARACTER,
            span,
            "%s (U+%04X) means nothing here".formatted(shown, point));
    return known.map(foreign -> diagnostic.help(foreign.help())).orElse(diagnostic);
  }
}
