package dune.runtime.template;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What stands between braces.
sealed interface Expression {
  /// Where, one-based.
  int line();

  record Constant(int line, Value value) implements Expression {}

  record Name(int line, String name) implements Expression {}

  record Sequence(int line, Value.Items.Kind kind, List<Expression> items) implements Expression {}

  record Mapping(int line, List<Entry> entries) implements Expression {
    record Entry(Expression key, Expression value) {}
  }

  /// `object.name`
  record Attribute(int line, Expression object, String name) implements Expression {}

  /// `object[key]`
  record Index(int line, Expression object, Expression key) implements Expression {}

  /// `object[from:to:step]`
  record Slice(
      int line,
      Expression object,
      Optional<Expression> from,
      Optional<Expression> to,
      Optional<Expression> step)
      implements Expression {}

  record Call(int line, Expression function, Passed passed) implements Expression {}

  /// `subject | name(...)`
  record Filter(int line, String name, Expression subject, Passed passed) implements Expression {}

  /// `subject is name(...)`
  record Test(int line, String name, Expression subject, Passed passed) implements Expression {}

  record Unary(int line, String operator, Expression operand) implements Expression {}

  record Binary(int line, String operator, Expression left, Expression right)
      implements Expression {}

  record And(int line, Expression left, Expression right) implements Expression {}

  record Or(int line, Expression left, Expression right) implements Expression {}

  record Not(int line, Expression operand) implements Expression {}

  /// `first < second <= third`: every neighbouring pair must hold.
  record Comparison(int line, Expression first, List<Step> steps) implements Expression {
    record Step(String operator, Expression operand) {}
  }

  /// `a ~ b ~ c`
  record Concatenation(int line, List<Expression> parts) implements Expression {}

  /// `then if condition else otherwise`
  record Conditional(
      int line, Expression condition, Expression then, Optional<Expression> otherwise)
      implements Expression {}

  /// What statements print, as a value: `{% set x %}...{% endset %}`.
  record Captured(int line, List<Statement> body) implements Expression {}

  record Macro(
      int line,
      String name,
      List<Parameter> parameters,
      List<Statement> body,
      boolean takesMore,
      boolean takesMoreNamed,
      boolean takesCaller)
      implements Expression {
    record Parameter(String name, Optional<Expression> otherwise) {}
  }

  /// What is passed to a function.
  ///
  /// @param spread `*values`
  /// @param spreadNamed `**values`
  record Passed(
      List<Expression> positional,
      Map<String, Expression> named,
      Optional<Expression> spread,
      Optional<Expression> spreadNamed) {
    static final Passed NOTHING =
        new Passed(List.of(), Map.of(), Optional.empty(), Optional.empty());
  }
}
