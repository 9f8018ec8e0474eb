package dune.runtime.template;

/// A piece of a template.
///
/// @param text as written; of a string literal what it stands for
/// @param line one-based
record Token(Kind kind, String text, int line) {
  enum Kind {
    /// Text to print as it is.
    DATA,
    BLOCK_BEGIN,
    BLOCK_END,
    PRINT_BEGIN,
    PRINT_END,
    NAME,
    STRING,
    INTEGER,
    REAL,
    OPERATOR,
    END
  }

  boolean isName(String name) {
    return kind == Kind.NAME && text.equals(name);
  }

  boolean isOperator(String operator) {
    return kind == Kind.OPERATOR && text.equals(operator);
  }

  /// What to call it in messages.
  String describe() {
    return switch (kind) {
      case DATA, END -> "the end";
      case BLOCK_BEGIN -> "`{%`";
      case BLOCK_END -> "`%}`";
      case PRINT_BEGIN -> "`{{`";
      case PRINT_END -> "`}}`";
      case STRING -> "a string";
      case NAME, INTEGER, REAL, OPERATOR -> "`" + text + "`";
    };
  }
}
