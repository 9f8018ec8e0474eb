package dune.frontend.parse;

import dune.frontend.ast.Expression;
import dune.frontend.ast.SourceFile;
import dune.frontend.diagnostic.Diagnostic;
import dune.frontend.diagnostic.Diagnostics;
import dune.frontend.diagnostic.ErrorCode;
import dune.frontend.parse.BracketMender.Mended;
import dune.frontend.parse.Lexing.Lexed;
import dune.frontend.source.SourceText;
import dune.frontend.source.Span;
import dune.grammar.DuneParser;
import dune.grammar.DuneParser.FileContext;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.antlr.v4.runtime.ANTLRErrorStrategy;
import org.antlr.v4.runtime.BailErrorStrategy;
import org.antlr.v4.runtime.CommonTokenStream;
import org.antlr.v4.runtime.ListTokenSource;
import org.antlr.v4.runtime.ParserRuleContext;
import org.antlr.v4.runtime.RecognitionException;
import org.antlr.v4.runtime.atn.PredictionMode;
import org.antlr.v4.runtime.misc.ParseCancellationException;

/// The entrance to parsing. Whatever the input, it reports and returns; it does not throw.
public final class Parsing {
  private final SourceText source;
  private final Diagnostics diagnostics;

  private Parsing(SourceText source, Diagnostics diagnostics) {
    this.source = source;
    this.diagnostics = diagnostics;
  }

  /// The text of a file, if it is UTF-8.
  public static Optional<SourceText> decode(String name, byte[] bytes, Diagnostics diagnostics) {
    var buffer = ByteBuffer.wrap(bytes);
    try {
      var decoder =
          StandardCharsets.UTF_8
              .newDecoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .onUnmappableCharacter(CodingErrorAction.REPORT);
      return Optional.of(SourceText.of(name, decoder.decode(buffer).toString()));
    } catch (CharacterCodingException e) {
      var readable = new String(bytes, 0, buffer.position(), StandardCharsets.UTF_8);
      var source = SourceText.of(name, readable);
      diagnostics.report(
          Diagnostic.of(
                  ErrorCode.INVALID_ENCODING, source.span().after(), "this file is not UTF-8 text")
              .label("the byte after this is 0x%02X".formatted(bytes[buffer.position()] & 0xFF))
              .help("save the file in the encoding UTF-8"));
      return Optional.empty();
    }
  }

  /// The syntax tree. With errors in it, what could not be parsed is missing or an `Error...` node.
  public static SourceFile parse(SourceText source, Diagnostics diagnostics) {
    return syntax(source, diagnostics).map(Syntax::file).orElseGet(() -> empty(source));
  }

  /// The syntax tree of a text that is one expression.
  public static Expression expression(SourceText source, Diagnostics diagnostics) {
    return new Parsing(source, diagnostics).expression(source.span());
  }

  /// The tree with everything that a formatter needs; nothing where the file is no text or nested
  /// too deeply.
  public static Optional<Syntax> syntax(SourceText source, Diagnostics diagnostics) {
    return new Parsing(source, diagnostics).run();
  }

  private static SourceFile empty(SourceText source) {
    return new SourceFile(Optional.empty(), Optional.empty(), List.of(), List.of(), source.span());
  }

  private Optional<Syntax> run() {
    int nul = source.text().indexOf('\0');
    if (nul >= 0) {
      diagnostics.report(
          Diagnostic.of(
                  ErrorCode.STRAY_CHARACTER,
                  source.span(nul, nul + 1),
                  "this file holds NUL characters")
              .note("it is not a text, or it is not encoded as UTF-8"));
      return Optional.empty();
    }
    var lexed = Lexing.lex(source.span(), diagnostics);
    SuspiciousComments.report(source, lexed, diagnostics);
    return parse(lexed, DuneParser::file)
        .map(parsed -> new Syntax(build(parsed, lexed), parsed.tree(), lexed.comments()));
  }

  private SourceFile build(Parsed<FileContext> parsed, Lexed lexed) {
    var places = new Places(source, parsed.tokens(), diagnostics);
    var documents = new Documents(source, lexed.comments());
    return new FileBuilder(places, documents, new ExpressionBuilder(places, this::expression))
        .file(parsed.tree());
  }

  /// The expression that a part of the source is, such as what stands in the braces of a text.
  private Expression expression(Span part) {
    var lexed = Lexing.lex(part, diagnostics);
    return parse(lexed, DuneParser::interpolation)
        .map(
            parsed -> {
              var places = new Places(source, parsed.tokens(), diagnostics);
              return new ExpressionBuilder(places, this::expression)
                  .expression(parsed.tree().expr());
            })
        .orElseGet(() -> new Expression.ErrorExpression(part));
  }

  private record Parsed<T extends ParserRuleContext>(T tree, List<SyntaxToken> tokens) {}

  private <T extends ParserRuleContext> Optional<Parsed<T>> parse(
      Lexed lexed, Function<DuneParser, T> rule) {
    var deep = Brackets.tooDeep(lexed.tokens());
    if (deep.isPresent()) {
      tooDeep(deep.get().span(source));
      return Optional.empty();
    }
    var mended =
        Brackets.pair(lexed.tokens()).isPresent()
            ? new Mended(lexed.tokens(), List.of())
            : BracketMender.mend(source, lexed.tokens(), diagnostics);
    try {
      var tree = parse(mended, rule);
      DepthGuard.check(tree);
      return Optional.of(new Parsed<>(tree, mended.tokens()));
    } catch (DepthGuard.TooDeep e) {
      tooDeep(source.span(e.token().getStartIndex(), e.token().getStopIndex() + 1));
    } catch (RecognitionException e) {
      // Reported; outside any list of parts there is nothing to go on with.
    }
    return Optional.empty();
  }

  /// First fast and for correct input only; then, where that fails, with full context and reports.
  private <T extends ParserRuleContext> T parse(Mended mended, Function<DuneParser, T> rule) {
    try {
      return parse(mended, rule, PredictionMode.SLL, new BailErrorStrategy());
    } catch (ParseCancellationException e) {
      var brackets = Brackets.pair(mended.tokens()).orElseThrow();
      var errors = new SyntaxErrors(source, mended.tokens(), mended.silenced(), diagnostics);
      var recovery = new Recovery(mended.tokens(), brackets, errors);
      return parse(mended, rule, PredictionMode.LL, recovery);
    }
  }

  private static <T extends ParserRuleContext> T parse(
      Mended mended,
      Function<DuneParser, T> rule,
      PredictionMode mode,
      ANTLRErrorStrategy strategy) {
    var parser = new DuneParser(new CommonTokenStream(new ListTokenSource(mended.tokens())));
    parser.removeErrorListeners();
    parser.addParseListener(new DepthGuard());
    GreedyPrediction.install(parser);
    parser.getInterpreter().setPredictionMode(mode);
    parser.setErrorHandler(strategy);
    return rule.apply(parser);
  }

  private void tooDeep(Span span) {
    diagnostics.report(
        Diagnostic.of(ErrorCode.NESTED_TOO_DEEPLY, span, "this is nested too deeply")
            .label(
                "deeper than " + Brackets.DEEPEST + " brackets, or a chain of hundreds of operands")
            .help("name parts of it with `let`"));
  }
}
