package dune.frontend.parse;

import dune.frontend.diagnostic.Diagnostic;
import dune.frontend.diagnostic.Diagnostics;
import dune.frontend.diagnostic.ErrorCode;
import dune.frontend.source.SourceText;
import dune.frontend.source.Span;
import dune.grammar.DuneLexer;
import dune.grammar.DuneParser;
import java.util.List;
import java.util.Optional;
import org.antlr.v4.runtime.InputMismatchException;
import org.antlr.v4.runtime.RecognitionException;
import org.antlr.v4.runtime.RuleContext;
import org.antlr.v4.runtime.Token;

/// Says what is wrong where the parser stopped. The known traps come first, each with its own text.
final class SyntaxErrors {
  private final SourceText source;
  private final List<SyntaxToken> tokens;
  private final List<Span> silenced;
  private final Diagnostics diagnostics;

  SyntaxErrors(
      SourceText source, List<SyntaxToken> tokens, List<Span> silenced, Diagnostics diagnostics) {
    this.source = source;
    this.tokens = tokens;
    this.silenced = silenced;
    this.diagnostics = diagnostics;
  }

  /// Where the parser stopped: the token it found, the one before, the rule it was in, and what it
  /// waited for.
  private record Stop(
      SyntaxToken found, SyntaxToken previous, RuleContext context, String expected) {
    boolean expects(String what) {
      return expected.equals(what);
    }

    boolean within(int... rules) {
      for (RuleContext at = context; at != null; at = at.parent) {
        for (int rule : rules) {
          if (at.getRuleIndex() == rule) {
            return true;
          }
        }
      }
      return false;
    }
  }

  void report(DuneParser parser, RecognitionException failure) {
    report(stop(parser, failure));
  }

  /// Reports a token that cannot begin the next part of a list of statements, items or rules.
  void reportStray(DuneParser parser) {
    var found = tokens.get(parser.getCurrentToken().getTokenIndex());
    String expected = Wording.expected(parser.getContext().getRuleIndex());
    if (found.getType() == Token.EOF) {
      expected = expected + " or `}`";
    }
    report(new Stop(found, previous(found), parser.getContext(), expected));
  }

  private Stop stop(DuneParser parser, RecognitionException failure) {
    var found = tokens.get(failure.getOffendingToken().getTokenIndex());
    int rule = parser.getContext().getRuleIndex();
    String expected;
    int start = parser.getContext().getStart().getTokenIndex();
    if (rule == DuneParser.RULE_sourceTerm && found.getTokenIndex() <= start + 1) {
      found = tokens.get(start);
      expected = Wording.expected(rule);
    } else if (failure instanceof InputMismatchException) {
      expected = Wording.expected(failure.getExpectedTokens());
    } else if (rule == DuneParser.RULE_item && found.getTokenIndex() > start) {
      expected = "`:`";
    } else {
      expected = Wording.expected(rule);
    }
    return new Stop(found, previous(found), parser.getContext(), expected);
  }

  private SyntaxToken previous(SyntaxToken token) {
    return tokens.get(Math.max(0, token.getTokenIndex() - 1));
  }

  private void report(Stop stop) {
    var place = stop.found().span(source);
    if (silenced.stream().anyMatch(span -> span.contains(place))) {
      return;
    }
    diagnostics.report(
        lineStart(stop)
            .or(() -> foreignKeyword(stop))
            .or(() -> trailingCondition(stop))
            .or(() -> assignment(stop))
            .or(() -> missingArrow(stop))
            .or(() -> reservedWord(stop))
            .orElseGet(() -> unexpected(stop)));
  }

  private Optional<Diagnostic> lineStart(Stop stop) {
    return endsOperand(stop.previous()) ? lineStart(source, stop.found()) : Optional.empty();
  }

  /// The error for a line that begins with a call, an index or a subtraction.
  static Optional<Diagnostic> lineStart(SourceText source, SyntaxToken token) {
    var texts =
        switch (token.getType()) {
          case DuneLexer.LINE_MINUS ->
              List.of(
                  "a line never starts with a subtraction",
                  "to subtract from the line above, end that line with `-`");
          case DuneLexer.LINE_LPAREN ->
              List.of(
                  "a line never starts with a call",
                  "to call what the line above ends with, open the `(` on that line");
          case DuneLexer.LINE_LBRACK ->
              List.of(
                  "a line never starts with an index",
                  "to index what the line above ends with, open the `[` on that line");
          default -> List.<String>of();
        };
    if (texts.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        Diagnostic.of(ErrorCode.LINE_START, token.span(source), texts.get(0))
            .label("at the start of a line this begins something new")
            .help(texts.get(1)));
  }

  /// A keyword of another language, followed by what it would govern, on the line where the parser
  /// stopped.
  private Optional<Diagnostic> foreignKeyword(Stop stop) {
    for (int i = stop.found().getTokenIndex(); i >= 0; i--) {
      var token = tokens.get(i);
      var help = foreignHelp(i);
      if (help.isPresent()) {
        return Optional.of(
            Diagnostic.of(
                    ErrorCode.FOREIGN_KEYWORD,
                    token.span(source),
                    "`" + token.getText() + "` is not a keyword here")
                .help(help.get()));
      }
      if (token.firstOnLine()) {
        break;
      }
    }
    return Optional.empty();
  }

  private Optional<String> foreignHelp(int index) {
    var token = tokens.get(index);
    if (token.getType() != DuneLexer.ID || index + 1 >= tokens.size()) {
      return Optional.empty();
    }
    var next = tokens.get(index + 1);
    boolean governs =
        !next.firstOnLine()
            && (Wording.isWord(next.getType())
                || switch (next.getType()) {
                  case DuneLexer.ID, DuneLexer.STRING, DuneLexer.INTEGER, DuneLexer.REAL -> true;
                  case DuneLexer.COLON -> token.getText().equals("lambda");
                  default -> false;
                });
    return governs ? ForeignWords.keyword(token.getText()) : Optional.empty();
  }

  private Optional<Diagnostic> trailingCondition(Stop stop) {
    Optional<SyntaxToken> condition =
        switch (stop.found().getType()) {
          case DuneLexer.IF -> Optional.of(stop.found());
          case DuneLexer.ELSE -> lastOnLine(stop.found(), DuneLexer.IF);
          default -> Optional.empty();
        };
    return condition
        .filter(word -> !word.firstOnLine() && endsOperand(previous(word)))
        .map(
            word ->
                Diagnostic.of(
                        ErrorCode.TRAILING_CONDITION,
                        word.span(source),
                        "the condition stands before the values it chooses from")
                    .help("write `if c { x } else { y }` instead of `x if c else y`"));
  }

  /// The nearest token of a type before `token` on the same line.
  private Optional<SyntaxToken> lastOnLine(SyntaxToken token, int type) {
    for (int i = token.getTokenIndex(); i > 0 && !tokens.get(i).firstOnLine(); i--) {
      if (tokens.get(i - 1).getType() == type) {
        return Optional.of(tokens.get(i - 1));
      }
    }
    return Optional.empty();
  }

  private Optional<Diagnostic> assignment(Stop stop) {
    if (stop.found().getType() != DuneLexer.ASSIGN) {
      return Optional.empty();
    }
    var place = stop.found().span(source);
    boolean compound =
        switch (stop.previous().getType()) {
          case DuneLexer.STAR, DuneLexer.POW -> stop.previous().getStopIndex() + 1 == place.start();
          default -> false;
        };
    if (compound) {
      String operator = stop.previous().getText();
      return Optional.of(
          Diagnostic.of(
                  ErrorCode.FOREIGN_OPERATOR,
                  stop.previous().span(source).to(place),
                  "`" + operator + "=` is not an operator here")
              .help("write the whole assignment, as in `x = x " + operator + " y`"));
    }
    boolean condition =
        stop.expects("`{`")
            || stop.within(DuneParser.RULE_require, DuneParser.RULE_maskDef, DuneParser.RULE_args)
            || stop.expects("`,` or `)`")
            || afterMask(stop);
    if (condition) {
      return Optional.of(
          Diagnostic.of(
                  ErrorCode.ASSIGNMENT_AS_COMPARISON, place, "`=` assigns and does not compare")
              .help("write `==` to compare"));
    }
    if (stop.within(DuneParser.RULE_body) && endsOperand(stop.previous())) {
      return Optional.of(
          Diagnostic.of(
                  ErrorCode.UNEXPECTED_TOKEN, place, "only a `var` can be assigned, by its name")
              .label("what stands left of this is not a name")
              .note("tensors do not change: build the new value and assign it whole"));
    }
    return Optional.empty();
  }

  private static boolean afterMask(Stop stop) {
    return stop.context() instanceof DuneParser.FileContext file
        && !file.definition().isEmpty()
        && file.definition().getLast().maskDef() != null;
  }

  /// `fn f(x: [D]) [D] { ... }`, `fn f(x: [D]): [D] { ... }`.
  private Optional<Diagnostic> missingArrow(Stop stop) {
    boolean typeFollows =
        switch (stop.found().getType()) {
          case DuneLexer.LBRACK, DuneLexer.LINE_LBRACK, DuneLexer.COLON -> true;
          case DuneLexer.F64, DuneLexer.F32, DuneLexer.F16, DuneLexer.BF16 -> true;
          case DuneLexer.INTT, DuneLexer.BOOLT, DuneLexer.FLOATT, DuneLexer.DIM -> true;
          default -> false;
        };
    if (!typeFollows || !afterParameters(stop)) {
      return Optional.empty();
    }
    return Optional.of(
        Diagnostic.of(
                ErrorCode.MISSING_RESULT,
                stop.found().span(source),
                "the result of a signature follows `->`")
            .label("expected `->` before this")
            .help("write `(x: [..., D]) -> [..., N] { ... }`"));
  }

  private static boolean afterParameters(Stop stop) {
    return stop.context().getRuleIndex() == DuneParser.RULE_body
        && stop.previous().getType() == DuneLexer.RPAREN
        && switch (stop.context().parent) {
          case DuneParser.FnDefContext function -> function.result() == null;
          case DuneParser.ForwardItemContext forward -> forward.result() == null;
          default -> false;
        };
  }

  private Optional<Diagnostic> reservedWord(Stop stop) {
    if (!stop.expected().startsWith("a name") || !Wording.isWord(stop.found().getType())) {
      return Optional.empty();
    }
    String word = stop.found().getText();
    return Optional.of(
        Diagnostic.of(
                ErrorCode.RESERVED_WORD,
                stop.found().span(source),
                "`" + word + "` is a word of the language and cannot be a name")
            .label("expected " + stop.expected()));
  }

  private Diagnostic unexpected(Stop stop) {
    boolean inText = stop.within(DuneParser.RULE_interpolation);
    String found =
        inText && stop.found().getType() == Token.EOF
            ? "the closing `}`"
            : Wording.found(stop.found());
    boolean lineEnds =
        stop.found().firstOnLine() && stop.found().getTokenIndex() > 0
            || stop.found().getType() == Token.EOF;
    boolean afterBrace = stop.previous().getType() == DuneLexer.RBRACE;
    if (lineEnds
        && !inText
        && !afterBrace
        && stop.previous() != stop.found()
        && !endsStatement(stop)) {
      return Diagnostic.of(
              ErrorCode.UNEXPECTED_TOKEN,
              stop.previous().span(source),
              "expected "
                  + stop.expected()
                  + " after `"
                  + Wording.shortened(stop.previous().getText())
                  + "`")
          .label("nothing follows on this line")
          .also(stop.found().span(source), "found " + found);
    }
    var diagnostic =
        Diagnostic.of(
                ErrorCode.UNEXPECTED_TOKEN,
                stop.found().span(source),
                "expected " + stop.expected() + ", found " + found)
            .label("expected " + stop.expected());
    if (stop.found().getType() == DuneLexer.COLON && stop.expects("`{`")) {
      return diagnostic.help("a body stands in braces: `{ ... }`");
    }
    return diagnostic;
  }

  /// Whether the parser was between two statements, so that the line before is complete.
  private static boolean endsStatement(Stop stop) {
    return switch (stop.context().getRuleIndex()) {
      case DuneParser.RULE_body,
          DuneParser.RULE_items,
          DuneParser.RULE_file,
          DuneParser.RULE_configClause,
          DuneParser.RULE_weightsClause ->
          true;
      default -> false;
    };
  }

  /// Whether an expression may end with this token.
  static boolean endsOperand(Token token) {
    return switch (token.getType()) {
      case DuneLexer.ID,
          DuneLexer.INTEGER,
          DuneLexer.REAL,
          DuneLexer.STRING,
          DuneLexer.TRUE,
          DuneLexer.FALSE,
          DuneLexer.NONE,
          DuneLexer.RPAREN,
          DuneLexer.RBRACK,
          DuneLexer.RBRACE ->
          true;
      default -> false;
    };
  }
}
