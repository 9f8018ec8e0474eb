package dune.runtime.template;

import dune.runtime.template.Expression.And;
import dune.runtime.template.Expression.Attribute;
import dune.runtime.template.Expression.Binary;
import dune.runtime.template.Expression.Call;
import dune.runtime.template.Expression.Comparison;
import dune.runtime.template.Expression.Concatenation;
import dune.runtime.template.Expression.Conditional;
import dune.runtime.template.Expression.Constant;
import dune.runtime.template.Expression.Filter;
import dune.runtime.template.Expression.Index;
import dune.runtime.template.Expression.Mapping;
import dune.runtime.template.Expression.Name;
import dune.runtime.template.Expression.Not;
import dune.runtime.template.Expression.Or;
import dune.runtime.template.Expression.Passed;
import dune.runtime.template.Expression.Sequence;
import dune.runtime.template.Expression.Slice;
import dune.runtime.template.Expression.Test;
import dune.runtime.template.Expression.Unary;
import dune.runtime.template.Token.Kind;
import dune.runtime.template.Value.Items;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/// Reads what stands between braces, by recursive descent; the levels are jinja2's, one method
/// each.
final class ExpressionParser {
  private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");

  private final Tokens tokens;

  ExpressionParser(Tokens tokens) {
    this.tokens = tokens;
  }

  /// One expression, or several with commas between them: a tuple without parentheses.
  Expression tuple() {
    int line = tokens.line();
    Expression first = expression();
    if (!tokens.peek().isOperator(",")) return first;
    List<Expression> items = new ArrayList<>(List.of(first));
    while (tokens.skipOperator(",")) {
      if (endsTuple()) break;
      items.add(expression());
    }
    return new Sequence(line, Items.Kind.TUPLE, items);
  }

  private boolean endsTuple() {
    Token next = tokens.peek();
    return next.kind() == Kind.PRINT_END || next.kind() == Kind.BLOCK_END || next.isOperator(")");
  }

  Expression expression() {
    tokens.enter();
    int line = tokens.line();
    Expression value = withoutCondition();
    while (tokens.skipName("if")) {
      Expression condition = withoutCondition();
      Optional<Expression> otherwise =
          tokens.skipName("else") ? Optional.of(expression()) : Optional.empty();
      value = new Conditional(line, condition, value, otherwise);
    }
    tokens.leave();
    return value;
  }

  /// An expression that an `if` ends, as in `for x in items if condition`.
  Expression withoutCondition() {
    int line = tokens.line();
    Expression left = and();
    while (tokens.skipName("or")) left = new Or(line, left, and());
    return left;
  }

  private Expression and() {
    int line = tokens.line();
    Expression left = not();
    while (tokens.skipName("and")) left = new And(line, left, not());
    return left;
  }

  private Expression not() {
    int line = tokens.line();
    if (!tokens.skipName("not")) return comparison();
    tokens.enter();
    Expression operand = not();
    tokens.leave();
    return new Not(line, operand);
  }

  private Expression comparison() {
    int line = tokens.line();
    Expression first = sum();
    List<Comparison.Step> steps = new ArrayList<>();
    while (true) {
      Token next = tokens.peek();
      if (next.kind() == Kind.OPERATOR && COMPARISONS.contains(next.text())) {
        tokens.next();
        steps.add(new Comparison.Step(next.text(), sum()));
      } else if (tokens.skipName("in")) {
        steps.add(new Comparison.Step("in", sum()));
      } else if (next.isName("not") && tokens.peekSecond().isName("in")) {
        tokens.next();
        tokens.next();
        steps.add(new Comparison.Step("not in", sum()));
      } else {
        return steps.isEmpty() ? first : new Comparison(line, first, steps);
      }
    }
  }

  private Expression sum() {
    return leftToRight(this::concatenation, "+", "-");
  }

  private Expression concatenation() {
    int line = tokens.line();
    List<Expression> parts = new ArrayList<>(List.of(product()));
    while (tokens.skipOperator("~")) parts.add(product());
    return parts.size() == 1 ? parts.getFirst() : new Concatenation(line, parts);
  }

  private Expression product() {
    return leftToRight(this::power, "*", "/", "//", "%");
  }

  private Expression power() {
    return leftToRight(this::filtered, "**");
  }

  private Expression leftToRight(Supplier<Expression> operand, String... operators) {
    Expression left = operand.get();
    while (true) {
      int line = tokens.line();
      Token next = tokens.peek();
      if (next.kind() != Kind.OPERATOR || !List.of(operators).contains(next.text())) return left;
      tokens.next();
      left = new Binary(line, next.text(), left, operand.get());
    }
  }

  /// Filters and tests bind more tightly than operators, but less than a sign: `-1 | abs` is 1.
  private Expression filtered() {
    Expression value = signed();
    while (true) {
      Token next = tokens.peek();
      if (next.isOperator("|")) {
        value = filter(value);
      } else if (next.isName("is")) {
        value = test(value);
      } else if (next.isOperator("(")) {
        value = new Call(next.line(), value, passed());
      } else {
        return value;
      }
    }
  }

  private Expression signed() {
    Token sign = tokens.peek();
    if (!sign.isOperator("-") && !sign.isOperator("+")) return postfix(primary());
    tokens.next();
    tokens.enter();
    Expression operand = signed();
    tokens.leave();
    return new Unary(sign.line(), sign.text(), operand);
  }

  private Expression primary() {
    Token token = tokens.peek();
    return switch (token.kind()) {
      case NAME -> named(tokens.next());
      case STRING -> strings();
      case INTEGER -> new Constant(token.line(), Numbers.integer(tokens.next()));
      case REAL -> new Constant(token.line(), Numbers.real(tokens.next()));
      case OPERATOR ->
          switch (token.text()) {
            case "(" -> parenthesised();
            case "[" -> list();
            case "{" -> mapping();
            default -> throw tokens.unexpected("an expression");
          };
      case DATA, BLOCK_BEGIN, BLOCK_END, PRINT_BEGIN, PRINT_END, END ->
          throw tokens.unexpected("an expression");
    };
  }

  private static Expression named(Token name) {
    return switch (name.text()) {
      case "true", "True" -> new Constant(name.line(), Value.of(true));
      case "false", "False" -> new Constant(name.line(), Value.of(false));
      case "none", "None" -> new Constant(name.line(), Value.NONE);
      default -> new Name(name.line(), name.text());
    };
  }

  private Expression strings() {
    int line = tokens.line();
    var text = new StringBuilder();
    while (tokens.peek().kind() == Kind.STRING) text.append(tokens.next().text());
    return new Constant(line, Value.of(text.toString()));
  }

  private Expression parenthesised() {
    int line = tokens.next().line();
    if (tokens.skipOperator(")")) return new Sequence(line, Items.Kind.TUPLE, List.of());
    Expression inner = tuple();
    tokens.requireOperator(")");
    return inner;
  }

  private Expression list() {
    int line = tokens.next().line();
    List<Expression> items = new ArrayList<>();
    while (!tokens.skipOperator("]")) {
      if (!items.isEmpty()) tokens.requireOperator(",");
      if (tokens.skipOperator("]")) break;
      items.add(expression());
    }
    return new Sequence(line, Items.Kind.LIST, items);
  }

  private Expression mapping() {
    int line = tokens.next().line();
    List<Mapping.Entry> entries = new ArrayList<>();
    while (!tokens.skipOperator("}")) {
      if (!entries.isEmpty()) tokens.requireOperator(",");
      if (tokens.skipOperator("}")) break;
      Expression key = expression();
      tokens.requireOperator(":");
      entries.add(new Mapping.Entry(key, expression()));
    }
    return new Mapping(line, entries);
  }

  private Expression postfix(Expression object) {
    Expression value = object;
    while (true) {
      int line = tokens.line();
      if (tokens.skipOperator(".")) {
        Token name = tokens.next();
        value =
            switch (name.kind()) {
              case NAME -> new Attribute(line, value, name.text());
              case INTEGER -> new Index(line, value, new Constant(line, Numbers.integer(name)));
              case DATA, BLOCK_BEGIN, BLOCK_END, PRINT_BEGIN, PRINT_END ->
                  throw new TemplateFailure(line, "a name is expected after `.`");
              case STRING, REAL, OPERATOR, END ->
                  throw new TemplateFailure(line, "a name is expected after `.`");
            };
      } else if (tokens.skipOperator("[")) {
        value = subscript(line, value);
      } else if (tokens.peek().isOperator("(")) {
        value = new Call(line, value, passed());
      } else {
        return value;
      }
    }
  }

  private Expression subscript(int line, Expression object) {
    Optional<Expression> from =
        tokens.peek().isOperator(":") ? Optional.empty() : Optional.of(expression());
    if (!tokens.skipOperator(":")) {
      tokens.requireOperator("]");
      return new Index(line, object, from.orElseThrow());
    }
    Optional<Expression> to = bound();
    Optional<Expression> step = tokens.skipOperator(":") ? bound() : Optional.empty();
    tokens.requireOperator("]");
    return new Slice(line, object, from, to, step);
  }

  private Optional<Expression> bound() {
    boolean absent = tokens.peek().isOperator(":") || tokens.peek().isOperator("]");
    return absent ? Optional.empty() : Optional.of(expression());
  }

  private Expression filter(Expression subject) {
    int line = tokens.next().line();
    String name = tokens.require(Kind.NAME).text();
    Passed passed = tokens.peek().isOperator("(") ? passed() : Passed.NOTHING;
    return new Filter(line, name, subject, passed);
  }

  /// `{% filter name | name(...) %}` and `{% set x | name %}`.
  Expression filters(Expression subject) {
    Expression value = subject;
    while (tokens.peek().isOperator("|")) value = filter(value);
    return value;
  }

  /// The first filter of `{% filter name %}` has no `|` before it.
  Expression filterAlone(Expression subject) {
    Token name = tokens.require(Kind.NAME);
    Passed passed = tokens.peek().isOperator("(") ? passed() : Passed.NOTHING;
    return filters(new Filter(name.line(), name.text(), subject, passed));
  }

  private Expression test(Expression subject) {
    int line = tokens.next().line();
    boolean negated = tokens.skipName("not");
    String name = tokens.require(Kind.NAME).text();
    Passed passed = Passed.NOTHING;
    if (tokens.peek().isOperator("(")) {
      passed = passed();
    } else if (beginsArgument(tokens.peek())) {
      Expression argument = postfix(primary());
      passed = new Passed(List.of(argument), Map.of(), Optional.empty(), Optional.empty());
    }
    Expression test = new Test(line, name, subject, passed);
    return negated ? new Not(line, test) : test;
  }

  /// A test takes one argument without parentheses: `x is divisibleby 3`.
  private static boolean beginsArgument(Token token) {
    return switch (token.kind()) {
      case NAME -> !Set.of("else", "or", "and", "is", "if", "in", "not").contains(token.text());
      case STRING, INTEGER, REAL -> true;
      case OPERATOR -> Set.of("[", "{").contains(token.text());
      case DATA, BLOCK_BEGIN, BLOCK_END, PRINT_BEGIN, PRINT_END, END -> false;
    };
  }

  Passed passed() {
    tokens.requireOperator("(");
    List<Expression> positional = new ArrayList<>();
    Map<String, Expression> named = new LinkedHashMap<>();
    Optional<Expression> spread = Optional.empty();
    Optional<Expression> spreadNamed = Optional.empty();
    boolean first = true;
    while (!tokens.skipOperator(")")) {
      if (!first) tokens.requireOperator(",");
      first = false;
      if (tokens.skipOperator(")")) break;
      if (tokens.skipOperator("*")) {
        spread = Optional.of(expression());
      } else if (tokens.skipOperator("**")) {
        spreadNamed = Optional.of(expression());
      } else if (tokens.peek().kind() == Kind.NAME && tokens.peekSecond().isOperator("=")) {
        String name = tokens.next().text();
        tokens.next();
        named.put(name, expression());
      } else {
        if (!named.isEmpty()) throw tokens.unexpected("a named argument");
        positional.add(expression());
      }
    }
    return new Passed(positional, named, spread, spreadNamed);
  }
}
