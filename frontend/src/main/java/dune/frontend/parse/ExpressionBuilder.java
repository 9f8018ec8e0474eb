package dune.frontend.parse;

import dune.frontend.ast.Argument;
import dune.frontend.ast.AxisSyntax;
import dune.frontend.ast.BinaryOperator;
import dune.frontend.ast.CastElement;
import dune.frontend.ast.Expression;
import dune.frontend.ast.Expression.ErrorExpression;
import dune.frontend.ast.IndexEntry;
import dune.frontend.ast.UnaryOperator;
import dune.frontend.diagnostic.Diagnostic;
import dune.frontend.diagnostic.ErrorCode;
import dune.frontend.source.Span;
import dune.grammar.DuneLexer;
import dune.grammar.DuneParser;
import dune.grammar.DuneParser.ArgContext;
import dune.grammar.DuneParser.ArgsContext;
import dune.grammar.DuneParser.BinaryContext;
import dune.grammar.DuneParser.ExprContext;
import dune.grammar.DuneParser.IndexContext;
import dune.grammar.DuneParser.ListContext;
import dune.grammar.DuneParser.RangeContext;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.antlr.v4.runtime.Token;
import org.antlr.v4.runtime.tree.TerminalNode;

/// Makes expressions of the parse tree.
final class ExpressionBuilder {
  private final Places places;
  private final TextBuilder texts;
  private final TypeBuilder types;
  private final BodyBuilder bodies;

  ExpressionBuilder(Places places, Function<Span, Expression> interpolated) {
    this.places = places;
    this.texts = new TextBuilder(places, interpolated);
    this.types = new TypeBuilder(places, this);
    this.bodies = new BodyBuilder(places, this, types, texts);
  }

  TypeBuilder types() {
    return types;
  }

  BodyBuilder bodies() {
    return bodies;
  }

  TextBuilder texts() {
    return texts;
  }

  Expression expression(ExprContext context) {
    var span = places.span(context);
    return switch (context) {
      case DuneParser.FieldContext field ->
          new Expression.Field(expression(field.expr()), places.identifier(field.word()), span);
      case DuneParser.CallContext call ->
          new Expression.Call(expression(call.expr()), arguments(call.args()), span);
      case DuneParser.AtContext at ->
          new Expression.Index(
              expression(at.expr()), at.index().stream().map(this::index).toList(), span);
      case BinaryContext binary -> binary(binary, span);
      case DuneParser.NegateContext negate ->
          new Expression.Unary(
              UnaryOperator.NEGATE,
              places.span(negate.getStart()),
              expression(negate.expr()),
              span);
      case DuneParser.NotContext not ->
          new Expression.Unary(
              UnaryOperator.NOT, places.span(not.NOT().getSymbol()), expression(not.expr()), span);
      case DuneParser.CastContext cast -> cast(cast, span);
      case DuneParser.IfExpressionContext choice -> bodies.choice(choice.ifExpr());
      case DuneParser.ForExpressionContext loop ->
          new Expression.For(
              places.identifier(loop.name()), range(loop.range()), bodies.body(loop.body()), span);
      case DuneParser.MatchExpressionContext match -> bodies.match(match.matchExpr(), span);
      case DuneParser.KeyContext key ->
          new Expression.ConfigKey(places.identifier(key.word()), span);
      case DuneParser.ParenContext paren -> paren(paren, span);
      case ListContext list -> list(list, span);
      case DuneParser.LiteralContext literal -> literal(literal.getStart(), span);
      case DuneParser.RefContext name -> new Expression.Name(name.getText(), span);
      default -> throw new IllegalStateException("expression: " + context.getText());
    };
  }

  List<Expression> expressions(List<ExprContext> contexts) {
    return contexts.stream().map(this::expression).toList();
  }

  private Expression paren(DuneParser.ParenContext paren, Span span) {
    return paren.expr().size() == 1
        ? expression(paren.expr(0))
        : new Expression.Tuple(expressions(paren.expr()), span);
  }

  private Expression list(ListContext list, Span span) {
    if (list.FOR() == null) {
      return new Expression.ListLiteral(expressions(list.expr()), span);
    }
    return new Expression.Comprehension(
        expression(list.expr(0)), places.identifier(list.name()), range(list.range()), span);
  }

  Expression range(RangeContext range) {
    var from = expression(range.expr(0));
    if (range.RANGE() == null) {
      return from;
    }
    var by = Optional.ofNullable(range.expr(2)).map(this::expression);
    return new Expression.Range(from, expression(range.expr(1)), by, places.span(range));
  }

  private IndexEntry index(IndexContext index) {
    var span = places.span(index);
    var first = expression(index.expr());
    if (index.ARROW() != null) {
      return new IndexEntry.AxisRenaming(first, places.identifier(index.name()), span);
    }
    if (index.ASSIGN() != null) {
      return new IndexEntry.AxisSelection(first, range(index.range()), span);
    }
    return new IndexEntry.ElementIndex(first, span);
  }

  private Expression cast(DuneParser.CastContext cast, Span span) {
    var target = cast.castTarget();
    Optional<CastElement> element = Optional.empty();
    if (target.elem() != null) {
      element =
          Optional.of(
              new CastElement.ToElement(types.element(target.elem()), places.span(target.elem())));
    } else if (target.TYPE() != null) {
      element =
          Optional.of(
              new CastElement.ToTypeOf(
                  expression(target.expr()),
                  places.span(target.TYPE().getSymbol(), target.RPAREN().getSymbol())));
    }
    var shape =
        Optional.ofNullable(target.axes())
            .map(
                axes ->
                    types.shape(
                        target.LBRACK() != null
                            ? target.LBRACK().getSymbol()
                            : target.lbrack().getStart(),
                        axes,
                        target.RBRACK().getSymbol()));
    return new Expression.Cast(expression(cast.expr()), element, shape, span);
  }

  // Arguments

  List<Argument> arguments(ArgsContext context) {
    var arguments = new ArrayList<Argument>();
    List<ArgContext> given = context.arg();
    for (int i = 0; i < given.size(); i++) {
      switch (given.get(i)) {
        case DuneParser.AxisArgContext first -> {
          var axes = new ArrayList<>(List.of(types.axis(first.axis())));
          while (i + 1 < given.size()
              && given.get(i + 1) instanceof DuneParser.PositionalArgContext next) {
            axes.add(types.axis(next.axis()));
            i++;
          }
          var span = places.span(first).to(axes.getLast().span());
          arguments.add(new Argument.AxisArgument(axes, span));
        }
        case DuneParser.NamedArgContext named ->
            arguments.add(
                new Argument.NamedArgument(
                    places.identifier(named.name()), expression(named.expr()), places.span(named)));
        case DuneParser.PositionalArgContext positional ->
            arguments.add(
                new Argument.PositionalArgument(value(positional.axis()), places.span(positional)));
        default -> throw new IllegalStateException("argument: " + given.get(i).getText());
      }
    }
    return arguments;
  }

  private Expression value(DuneParser.AxisContext context) {
    return switch (types.axis(context)) {
      case AxisSyntax.DimensionAxis(var value, _) -> value;
      case AxisSyntax.PackAxis(var span) -> {
        places.report(
            Diagnostic.of(ErrorCode.UNEXPECTED_TOKEN, span, "`...` is not a value")
                .label("it stands in shapes and after `over`"));
        yield new ErrorExpression(span);
      }
    };
  }

  // Operators

  private Expression binary(BinaryContext context, Span span) {
    var sign = (TerminalNode) context.getChild(1);
    var operator = operator(sign.getSymbol());
    var signSpan = places.span(sign.getSymbol());
    if (operator.isComparison()
        && context.expr(0) instanceof BinaryContext left
        && operator((Token) left.getChild(1).getPayload()).isComparison()) {
      var middle = places.span(left.expr(1)).text();
      places.report(
          Diagnostic.of(ErrorCode.CHAINED_COMPARISON, signSpan, "comparisons do not chain")
              .also(places.span((Token) left.getChild(1).getPayload()), "after this comparison")
              .help(
                  "write `... and %s %s ...`"
                      .formatted(Wording.shortened(middle), operator.symbol())));
    }
    if (operator == BinaryOperator.MULTIPLY) {
      repetition(context, signSpan);
    }
    return new Expression.Binary(
        operator, signSpan, expression(context.expr(0)), expression(context.expr(1)), span);
  }

  /// `[x] * L` would repeat one object; a comprehension makes several.
  private void repetition(BinaryContext product, Span sign) {
    for (int side = 0; side < 2; side++) {
      if (product.expr(side) instanceof ListContext list && list.FOR() == null) {
        String element = list.expr().size() == 1 ? places.span(list.expr(0)).text().strip() : "x";
        String count = places.span(product.expr(1 - side)).text().strip();
        places.report(
            Diagnostic.of(ErrorCode.LIST_REPETITION, sign, "a list is not multiplied")
                .also(places.span(list), "this is a list")
                .help(
                    "write `[%s for i in 0 .. %s]`"
                        .formatted(Wording.shortened(element), Wording.shortened(count))));
        return;
      }
    }
  }

  private static BinaryOperator operator(Token token) {
    return switch (token.getType()) {
      case DuneLexer.POW -> BinaryOperator.POWER;
      case DuneLexer.STAR -> BinaryOperator.MULTIPLY;
      case DuneLexer.SLASH -> BinaryOperator.DIVIDE;
      case DuneLexer.PERCENT -> BinaryOperator.REMAINDER;
      case DuneLexer.PLUS -> BinaryOperator.ADD;
      case DuneLexer.MINUS -> BinaryOperator.SUBTRACT;
      case DuneLexer.COALESCE -> BinaryOperator.COALESCE;
      case DuneLexer.IN -> BinaryOperator.IN;
      case DuneLexer.LT -> BinaryOperator.LESS;
      case DuneLexer.LE -> BinaryOperator.LESS_OR_EQUAL;
      case DuneLexer.GT -> BinaryOperator.GREATER;
      case DuneLexer.GE -> BinaryOperator.GREATER_OR_EQUAL;
      case DuneLexer.EQ -> BinaryOperator.EQUAL;
      case DuneLexer.NE -> BinaryOperator.NOT_EQUAL;
      case DuneLexer.AND -> BinaryOperator.AND;
      case DuneLexer.OR -> BinaryOperator.OR;
      default -> throw new IllegalStateException("operator: " + token.getText());
    };
  }

  // Literals

  private Expression literal(Token token, Span span) {
    return switch (token.getType()) {
      case DuneLexer.INTEGER -> integer(token, span);
      case DuneLexer.REAL -> real(token, span);
      case DuneLexer.STRING -> texts.text(token);
      case DuneLexer.TRUE -> new Expression.BooleanLiteral(true, span);
      case DuneLexer.FALSE -> new Expression.BooleanLiteral(false, span);
      case DuneLexer.NONE -> new Expression.NoneLiteral(span);
      default -> throw new IllegalStateException("literal: " + token.getText());
    };
  }

  /// A token that the lexer has reported as no number is an error expression.
  private Expression integer(Token token, Span span) {
    String text = token.getText();
    if (!text.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return new ErrorExpression(span);
    }
    if (text.length() > 30) {
      places.report(
          Diagnostic.of(ErrorCode.BAD_NUMBER, span, "this number has " + text.length() + " digits")
              .note("whole numbers have 64 bits"));
      return new ErrorExpression(span);
    }
    return new Expression.IntegerLiteral(new BigInteger(text), span);
  }

  private Expression real(Token token, Span span) {
    double value = Double.parseDouble(token.getText());
    if (Double.isInfinite(value)) {
      places.report(
          Diagnostic.of(ErrorCode.BAD_NUMBER, span, "this number is too large")
              .label("larger than 1.797e308")
              .help("write `inf` for infinity"));
      return new ErrorExpression(span);
    }
    return new Expression.RealLiteral(value, span);
  }
}
