package dune.frontend.parse;

import dune.frontend.diagnostic.Diagnostic;
import dune.frontend.diagnostic.Diagnostics;
import dune.frontend.diagnostic.ErrorCode;
import dune.frontend.parse.Brackets.Kind;
import dune.frontend.source.SourceText;
import dune.frontend.source.Span;
import dune.grammar.DuneLexer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.antlr.v4.runtime.Token;

/// Pairs brackets where some have no partner: reports each of those, adds the missing and drops the
/// superfluous.
///
/// Which bracket is the unclosed one is decided by how the author indented: a `}` that begins a
/// line closes the `{` whose line is indented alike, and a definition closes everything that is
/// indented as deep as itself.
final class BracketMender {
  private record Open(SyntaxToken token, Kind kind, int indentation) {}

  private final SourceText source;
  private final Diagnostics diagnostics;
  private final List<SyntaxToken> tokens;
  private final List<SyntaxToken> mended = new ArrayList<>();
  private final List<Span> silenced = new ArrayList<>();
  private final Deque<Open> open = new ArrayDeque<>();

  private BracketMender(SourceText source, List<SyntaxToken> tokens, Diagnostics diagnostics) {
    this.source = source;
    this.tokens = tokens;
    this.diagnostics = diagnostics;
  }

  /// Tokens with paired brackets; errors inside the `silenced` spans follow from a bracket that has
  /// been reported.
  record Mended(List<SyntaxToken> tokens, List<Span> silenced) {
    Mended {
      tokens = List.copyOf(tokens);
      silenced = List.copyOf(silenced);
    }
  }

  static Mended mend(SourceText source, List<SyntaxToken> tokens, Diagnostics diagnostics) {
    return new BracketMender(source, tokens, diagnostics).run();
  }

  private Mended run() {
    for (int i = 0; i < tokens.size(); i++) {
      var token = tokens.get(i);
      if (token.getType() == Token.EOF) {
        while (!open.isEmpty()) {
          closeMissing(token);
        }
        mended.add(token);
        continue;
      }
      if (token.firstOnLine()) {
        closeBefore(token, tokens.get(i + 1));
      }
      accept(token, tokens.get(i + 1));
    }
    return new Mended(mended, silenced);
  }

  private void accept(SyntaxToken token, SyntaxToken next) {
    var opens = Brackets.opened(token);
    if (opens.isPresent()) {
      open.push(new Open(token, opens.get(), Brackets.indentation(source, token)));
      mended.add(token);
      return;
    }
    var closes = Brackets.closed(token);
    if (closes.isEmpty()) {
      mended.add(token);
    } else if (closes.get() == Kind.CURLY) {
      closeCurly(token, next);
    } else {
      close(token, closes.get(), next);
    }
  }

  /// Closes what cannot be open any more where `token` begins a line.
  private void closeBefore(SyntaxToken token, SyntaxToken next) {
    if (beginsStatement(token, next)) {
      while (!open.isEmpty() && open.peek().kind() != Kind.CURLY) {
        closeMissing(token);
      }
    }
    if (beginsDefinition(token, next)) {
      int indentation = Brackets.indentation(source, token);
      while (!open.isEmpty() && indentation <= open.peek().indentation()) {
        closeMissing(token);
      }
    }
  }

  private void closeCurly(SyntaxToken token, SyntaxToken next) {
    if (open.stream().noneMatch(o -> o.kind() == Kind.CURLY)) {
      dropUnopened(token, next);
      return;
    }
    while (open.peek().kind() != Kind.CURLY) {
      closeMissing(token);
    }
    int indentation = Brackets.indentation(source, token);
    if (token.firstOnLine()
        && indentation < open.peek().indentation()
        && open.stream().anyMatch(o -> o.kind() == Kind.CURLY && o.indentation() == indentation)) {
      while (open.peek().kind() != Kind.CURLY || open.peek().indentation() != indentation) {
        closeMissing(token);
      }
    }
    open.pop();
    mended.add(token);
  }

  /// A `)` or `]` never reaches across an open `{`.
  private void close(SyntaxToken token, Kind kind, SyntaxToken next) {
    if (open.isEmpty() || open.peek().kind() == Kind.CURLY) {
      dropUnopened(token, next);
      return;
    }
    boolean below =
        open.stream().takeWhile(o -> o.kind() != Kind.CURLY).anyMatch(o -> o.kind() == kind);
    while (below && open.peek().kind() != kind) {
      closeMissing(token);
    }
    var opener = open.pop();
    if (opener.kind() == kind) {
      mended.add(token);
      return;
    }
    diagnostics.report(
        Diagnostic.of(
                ErrorCode.UNOPENED_BRACKET,
                token.span(source),
                "`%s` does not close `%s`".formatted(kind.close, opener.kind().open))
            .label("expected `" + opener.kind().close + "`")
            .also(opener.token().span(source), "opened here"));
    mended.add(token.withType(opener.kind().closeType));
  }

  private void dropUnopened(SyntaxToken token, SyntaxToken next) {
    silenced.add(token.span(source).to(next.span(source)));
    diagnostics.report(
        Diagnostic.of(
                ErrorCode.UNOPENED_BRACKET,
                token.span(source),
                "this `" + token.getText() + "` closes nothing")
            .label("no bracket is open that fits"));
  }

  private void closeMissing(SyntaxToken before) {
    var opener = open.pop();
    String where =
        before.getType() == Token.EOF
            ? "the file ends here"
            : "expected `" + opener.kind().close + "` before this";
    diagnostics.report(
        Diagnostic.of(
                ErrorCode.UNCLOSED_BRACKET,
                opener.token().span(source),
                "this `" + opener.kind().open + "` is never closed")
            .label("opened here")
            .also(before.span(source), where));
    if (opener.kind() != Kind.CURLY) {
      silenced.add(opener.token().span(source).to(before.span(source)));
    }
    mended.add(SyntaxToken.missing(opener.kind().closeType, opener.kind().close, before));
  }

  private static boolean beginsStatement(Token token, Token next) {
    return switch (token.getType()) {
      case DuneLexer.LET, DuneLexer.VAR, DuneLexer.PENALTY, DuneLexer.REQUIRE, DuneLexer.TIE ->
          true;
      default -> beginsDefinition(token, next);
    };
  }

  private static boolean beginsDefinition(Token token, Token next) {
    return switch (token.getType()) {
      case DuneLexer.FN, DuneLexer.FORWARD, DuneLexer.CHECKPOINT, DuneLexer.IMPORT -> true;
      case DuneLexer.MODEL, DuneLexer.BLOCK, DuneLexer.MASK -> next.getType() == DuneLexer.ID;
      case DuneLexer.INIT, DuneLexer.CONFIG, DuneLexer.WEIGHTS ->
          next.getType() == DuneLexer.LBRACE;
      default -> false;
    };
  }
}
