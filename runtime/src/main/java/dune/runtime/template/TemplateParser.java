package dune.runtime.template;

import dune.runtime.template.Expression.Call;
import dune.runtime.template.Expression.Captured;
import dune.runtime.template.Expression.Macro;
import dune.runtime.template.Expression.Passed;
import dune.runtime.template.Statement.Target;
import dune.runtime.template.Token.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Reads statements.
final class TemplateParser {
  private final Tokens tokens;
  private final ExpressionParser expressions;

  private TemplateParser(Tokens tokens) {
    this.tokens = tokens;
    this.expressions = new ExpressionParser(tokens);
  }

  /// @throws TemplateFailure if the template is not valid
  static List<Statement> parse(String template) {
    var parser = new TemplateParser(new Tokens(Lexer.read(template)));
    List<Statement> statements = parser.until("the template", 1, Set.of());
    return statements;
  }

  /// Statements up to a tag of one of these names, which is left at its name.
  ///
  /// @param what is not complete without it, and began at `line`
  private List<Statement> until(String what, int line, Set<String> ends) {
    List<Statement> statements = new ArrayList<>();
    tokens.enter();
    while (true) {
      Token token = tokens.next();
      switch (token.kind()) {
        case DATA -> statements.add(new Statement.Data(token.text()));
        case PRINT_BEGIN -> {
          statements.add(new Statement.Print(expressions.tuple()));
          tokens.require(Kind.PRINT_END);
        }
        case BLOCK_BEGIN -> {
          Token name = tokens.peek();
          if (name.kind() == Kind.NAME && ends.contains(name.text())) {
            tokens.leave();
            return statements;
          }
          statements.add(statement());
        }
        case END -> {
          if (!ends.isEmpty()) {
            throw new TemplateFailure(
                line, "this `%s` is not closed by `%s`".formatted(what, last(ends)));
          }
          tokens.leave();
          return statements;
        }
        case BLOCK_END, PRINT_END, NAME, STRING, INTEGER, REAL, OPERATOR ->
            throw new IllegalStateException("the lexer lets " + token + " stand in text");
      }
    }
  }

  private static String last(Set<String> ends) {
    return List.copyOf(ends).getLast();
  }

  private static Set<String> either(String... names) {
    return new LinkedHashSet<>(List.of(names));
  }

  private void endTag(String name) {
    tokens.requireName(name);
    tokens.require(Kind.BLOCK_END);
  }

  private Statement statement() {
    Token name = tokens.require(Kind.NAME);
    int line = name.line();
    return switch (name.text()) {
      case "if" -> conditional(line);
      case "for" -> loop(line);
      case "set" -> set(line);
      case "macro" -> macro(line);
      case "call" -> call(line);
      case "filter" -> filter(line);
      case "with" -> with(line);
      case "generation" -> generation(line);
      case "break" -> ended(new Statement.Break(line));
      case "continue" -> ended(new Statement.Continue(line));
      case "include", "import", "from", "extends", "block" ->
          throw new TemplateFailure(
              line, "`" + name.text() + "` joins several files, and a chat template is only one");
      default -> throw new TemplateFailure(line, "there is no tag `" + name.text() + "` to begin");
    };
  }

  private Statement ended(Statement statement) {
    tokens.require(Kind.BLOCK_END);
    return statement;
  }

  private Statement conditional(int line) {
    Expression condition = expressions.tuple();
    tokens.require(Kind.BLOCK_END);
    List<Statement> then = until("if", line, either("elif", "else", "endif"));
    int place = tokens.line();
    if (tokens.skipName("elif")) {
      tokens.enter();
      var otherwise = List.of(conditional(place));
      tokens.leave();
      return new Statement.If(condition, then, otherwise);
    }
    List<Statement> otherwise = List.of();
    if (tokens.skipName("else")) {
      tokens.require(Kind.BLOCK_END);
      otherwise = until("if", line, Set.of("endif"));
    }
    endTag("endif");
    return new Statement.If(condition, then, otherwise);
  }

  private Statement loop(int line) {
    Target target = targets();
    tokens.requireName("in");
    Expression items = expressions.withoutCondition();
    Optional<Expression> condition =
        tokens.skipName("if") ? Optional.of(expressions.expression()) : Optional.empty();
    boolean isRecursive = tokens.skipName("recursive");
    tokens.require(Kind.BLOCK_END);
    List<Statement> body = until("for", line, either("else", "endfor"));
    List<Statement> otherwise = List.of();
    if (tokens.skipName("else")) {
      tokens.require(Kind.BLOCK_END);
      otherwise = until("for", line, Set.of("endfor"));
    }
    endTag("endfor");
    return new Statement.For(line, target, items, condition, isRecursive, body, otherwise);
  }

  private Target targets() {
    List<Target> targets = new ArrayList<>(List.of(target()));
    boolean several = false;
    while (tokens.skipOperator(",")) {
      several = true;
      if (tokens.peek().isName("in") || tokens.peek().isOperator("=")) break;
      targets.add(target());
    }
    return several ? new Target.Several(targets) : targets.getFirst();
  }

  private Target target() {
    if (tokens.skipOperator("(")) {
      Target inner = targets();
      tokens.requireOperator(")");
      return inner;
    }
    String name = tokens.require(Kind.NAME).text();
    if (Set.of("true", "false", "none", "True", "False", "None").contains(name)) {
      throw new TemplateFailure(tokens.line(), "`" + name + "` cannot be given another value");
    }
    return tokens.skipOperator(".")
        ? new Target.Field(name, tokens.require(Kind.NAME).text())
        : new Target.Variable(name);
  }

  private Statement set(int line) {
    Target target = targets();
    if (tokens.skipOperator("=")) {
      Expression value = expressions.tuple();
      tokens.require(Kind.BLOCK_END);
      return new Statement.Set(line, target, value);
    }
    // The filters stand before the text that they filter.
    var text = new Captured(line, new ArrayList<>());
    Expression value = expressions.filters(text);
    tokens.require(Kind.BLOCK_END);
    text.body().addAll(until("set", line, Set.of("endset")));
    endTag("endset");
    return new Statement.Set(line, target, value);
  }

  private Statement filter(int line) {
    var text = new Captured(line, new ArrayList<>());
    Expression value = expressions.filterAlone(text);
    tokens.require(Kind.BLOCK_END);
    text.body().addAll(until("filter", line, Set.of("endfilter")));
    endTag("endfilter");
    return new Statement.Print(value);
  }

  private Statement with(int line) {
    List<Statement.Set> values = new ArrayList<>();
    while (tokens.peek().kind() != Kind.BLOCK_END) {
      if (!values.isEmpty()) tokens.requireOperator(",");
      int place = tokens.line();
      Target target = target();
      tokens.requireOperator("=");
      values.add(new Statement.Set(place, target, expressions.expression()));
    }
    tokens.require(Kind.BLOCK_END);
    List<Statement> body = until("with", line, Set.of("endwith"));
    endTag("endwith");
    return new Statement.With(values, body);
  }

  /// Marks what an assistant wrote, for training; it prints like anything else.
  private Statement generation(int line) {
    tokens.require(Kind.BLOCK_END);
    List<Statement> body = until("generation", line, Set.of("endgeneration"));
    endTag("endgeneration");
    return new Statement.With(List.of(), body);
  }

  private Statement macro(int line) {
    String name = tokens.require(Kind.NAME).text();
    List<Macro.Parameter> parameters = parameters();
    tokens.require(Kind.BLOCK_END);
    var macro = body(line, name, parameters, "macro", "endmacro");
    return new Statement.Set(line, new Target.Variable(name), macro);
  }

  private Macro body(
      int line, String name, List<Macro.Parameter> parameters, String tag, String end) {
    Set<String> before = Set.copyOf(tokens.mentioned);
    tokens.mentioned.clear();
    List<Statement> body = until(tag, line, Set.of(end));
    Set<String> inside = Set.copyOf(tokens.mentioned);
    tokens.mentioned.addAll(before);
    endTag(end);
    return new Macro(
        line,
        name,
        parameters,
        body,
        inside.contains("varargs"),
        inside.contains("kwargs"),
        inside.contains("caller"));
  }

  private List<Macro.Parameter> parameters() {
    List<Macro.Parameter> parameters = new ArrayList<>();
    tokens.requireOperator("(");
    while (!tokens.skipOperator(")")) {
      if (!parameters.isEmpty()) tokens.requireOperator(",");
      if (tokens.skipOperator(")")) break;
      String name = tokens.require(Kind.NAME).text();
      Optional<Expression> otherwise =
          tokens.skipOperator("=") ? Optional.of(expressions.expression()) : Optional.empty();
      parameters.add(new Macro.Parameter(name, otherwise));
    }
    return parameters;
  }

  /// `{% call f() %}...{% endcall %}` hands `f` the text in between as the macro `caller`.
  private Statement call(int line) {
    List<Macro.Parameter> parameters = tokens.peek().isOperator("(") ? parameters() : List.of();
    Expression called = expressions.expression();
    tokens.require(Kind.BLOCK_END);
    if (!(called instanceof Call(int place, Expression function, Passed passed))) {
      throw new TemplateFailure(line, "`call` needs a call, such as `f()`");
    }
    Map<String, Expression> named = new LinkedHashMap<>(passed.named());
    named.put("caller", body(line, "caller", parameters, "call", "endcall"));
    return new Statement.Print(
        new Call(
            place,
            function,
            new Passed(passed.positional(), named, passed.spread(), passed.spreadNamed())));
  }
}
