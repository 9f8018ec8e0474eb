package dune.frontend.parse;

import dune.frontend.ast.Body;
import dune.frontend.ast.Expression;
import dune.frontend.ast.Let;
import dune.frontend.ast.MatchCase;
import dune.frontend.ast.Require;
import dune.frontend.ast.Statement;
import dune.frontend.diagnostic.Diagnostic;
import dune.frontend.diagnostic.ErrorCode;
import dune.frontend.source.Span;
import dune.grammar.DuneParser;
import dune.grammar.DuneParser.BodyContext;
import dune.grammar.DuneParser.IfExprContext;
import dune.grammar.DuneParser.MatchCaseContext;
import dune.grammar.DuneParser.MatchExprContext;
import dune.grammar.DuneParser.StatementContext;
import java.util.List;
import java.util.Optional;

/// Makes bodies and their statements of the parse tree, and finds statements that do nothing.
final class BodyBuilder {
  private final Places places;
  private final ExpressionBuilder expressions;
  private final TypeBuilder types;
  private final TextBuilder texts;

  BodyBuilder(Places places, ExpressionBuilder expressions, TypeBuilder types, TextBuilder texts) {
    this.places = places;
    this.expressions = expressions;
    this.types = types;
    this.texts = texts;
  }

  Body body(BodyContext context) {
    List<StatementContext> contexts = context.statement();
    var statements = contexts.stream().map(this::statement).toList();
    boolean reported = false;
    for (int i = 0; i + 1 < statements.size(); i++) {
      boolean wasReported = reported;
      if (!adjacent(contexts.get(i), contexts.get(i + 1))) {
        reported = false;
        continue;
      }
      reported = continued(contexts.get(i), contexts.get(i + 1));
      if (!reported
          && !wasReported
          && statements.get(i) instanceof Statement.ExpressionStatement(var value, _)
          && isUnused(value)) {
        unused(value, contexts.get(i + 1));
      }
    }
    return new Body(statements, places.span(context));
  }

  /// Whether both could be parsed, and nothing between them was skipped.
  private static boolean adjacent(StatementContext first, StatementContext second) {
    return first.exception == null
        && second.exception == null
        && first.getStop().getTokenIndex() + 1 == second.getStart().getTokenIndex();
  }

  /// A line that begins with `(`, `[` or `-` and is indented deeper than the statement above was
  /// meant to go on with it.
  private boolean continued(StatementContext above, StatementContext statement) {
    var token = (SyntaxToken) statement.getStart();
    var first = (SyntaxToken) above.getStart();
    boolean deeper =
        token.firstOnLine()
            && first.firstOnLine()
            && Brackets.indentation(places.source(), token)
                > Brackets.indentation(places.source(), first);
    var error =
        deeper ? SyntaxErrors.lineStart(places.source(), token) : Optional.<Diagnostic>empty();
    error
        .map(e -> e.also(places.span(above), "this is complete without it"))
        .ifPresent(places::report);
    return error.isPresent();
  }

  private static boolean isUnused(Expression value) {
    return switch (value) {
      case Expression.For _, Expression.If _, Expression.Match _ -> false;
      case Expression.ErrorExpression _ -> false;
      case Expression.Name _,
          Expression.IntegerLiteral _,
          Expression.RealLiteral _,
          Expression.BooleanLiteral _,
          Expression.NoneLiteral _,
          Expression.TextLiteral _,
          Expression.ListLiteral _,
          Expression.Comprehension _,
          Expression.Tuple _,
          Expression.Range _,
          Expression.Field _,
          Expression.ConfigKey _,
          Expression.Call _,
          Expression.Index _,
          Expression.Unary _,
          Expression.Binary _,
          Expression.Cast _ ->
          true;
    };
  }

  private void unused(Expression value, StatementContext next) {
    if (value instanceof Expression.Name(var name, var span)) {
      var help = ForeignWords.keyword(name);
      if (help.isPresent()) {
        places.report(
            Diagnostic.of(ErrorCode.FOREIGN_KEYWORD, span, "`" + name + "` is not a keyword here")
                .help(help.get()));
        return;
      }
    }
    var nextToken = (SyntaxToken) next.getStart();
    var diagnostic =
        Diagnostic.of(ErrorCode.UNUSED_VALUE, value.span(), "nobody uses this value")
            .label("only the last expression of a body is its value");
    var lineStart = SyntaxErrors.lineStart(places.source(), nextToken);
    if (lineStart.isPresent()) {
      diagnostic =
          diagnostic
              .also(nextToken.span(places.source()), lineStart.get().message())
              .help(lineStart.get().helps().getFirst());
    } else {
      diagnostic = diagnostic.help("name it with `let`, or remove it");
    }
    places.report(diagnostic);
  }

  private Statement statement(StatementContext context) {
    var span = places.span(context);
    if (context.exception != null) {
      return new Statement.ErrorStatement(span);
    }
    return switch (context) {
      case DuneParser.LetStatementContext let -> let(let.let());
      case DuneParser.VarStatementContext var ->
          new Statement.Var(
              places.identifier(var.name()),
              Optional.ofNullable(var.type()).map(types::type),
              expressions.expression(var.expr()),
              span);
      case DuneParser.AssignStatementContext assign ->
          new Statement.Assign(
              places.identifier(assign.name()), expressions.expression(assign.expr()), span);
      case DuneParser.PenaltyStatementContext penalty ->
          new Statement.Penalty(expressions.expression(penalty.expr()), span);
      case DuneParser.RequireStatementContext require -> require(require.require());
      case DuneParser.ExpressionStatementContext expression ->
          new Statement.ExpressionStatement(expressions.expression(expression.expr()), span);
      default -> throw new IllegalStateException("statement: " + context.getText());
    };
  }

  Let let(DuneParser.LetContext context) {
    return new Let(
        places.identifiers(context.name()),
        Optional.ofNullable(context.type()).map(types::type),
        expressions.expression(context.expr()),
        places.span(context));
  }

  Require require(DuneParser.RequireContext context) {
    return new Require(
        expressions.expression(context.expr()),
        texts.text(context.STRING().getSymbol()),
        places.span(context));
  }

  Expression.If choice(IfExprContext context) {
    Optional<Body> otherwise = Optional.empty();
    if (context.body().size() > 1) {
      otherwise = Optional.of(body(context.body(1)));
    } else if (context.ifExpr() != null) {
      otherwise = Optional.of(single(choice(context.ifExpr())));
    }
    return new Expression.If(
        expressions.expression(context.expr()),
        body(context.body(0)),
        otherwise,
        places.span(context));
  }

  /// With a case that could not be parsed, nothing is known about the value.
  Expression match(MatchExprContext context, Span span) {
    boolean broken = context.matchCase().stream().anyMatch(given -> given.exception != null);
    if (broken) {
      return new Expression.ErrorExpression(span);
    }
    return new Expression.Match(
        expressions.expression(context.expr()),
        context.matchCase().stream().map(this::matchCase).toList(),
        span);
  }

  private MatchCase matchCase(MatchCaseContext context) {
    var value =
        context.body() != null
            ? body(context.body())
            : single(expressions.expression(context.value));
    return new MatchCase(expressions.expressions(context.patterns), value, places.span(context));
  }

  private static Body single(Expression value) {
    return new Body(List.of(new Statement.ExpressionStatement(value, value.span())), value.span());
  }
}
