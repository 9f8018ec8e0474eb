package dune.runtime.template;

import java.util.List;
import java.util.Optional;

/// What a template is made of.
sealed interface Statement {
  /// Text as it is.
  record Data(String text) implements Statement {}

  record Print(Expression value) implements Statement {}

  record Set(int line, Target target, Expression value) implements Statement {}

  record If(Expression condition, List<Statement> then, List<Statement> otherwise)
      implements Statement {}

  /// @param condition `for x in items if condition`
  /// @param otherwise what happens if there is nothing to go through
  record For(
      int line,
      Target target,
      Expression items,
      Optional<Expression> condition,
      boolean isRecursive,
      List<Statement> body,
      List<Statement> otherwise)
      implements Statement {}

  /// A scope of its own, with some values set; `with`.
  record With(List<Set> values, List<Statement> body) implements Statement {}

  record Break(int line) implements Statement {}

  record Continue(int line) implements Statement {}

  /// What a value can be given to.
  sealed interface Target {
    record Variable(String name) implements Target {}

    /// A field of a namespace.
    record Field(String namespace, String name) implements Target {}

    record Several(List<Target> targets) implements Target {}
  }
}
