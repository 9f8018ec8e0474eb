package dune.frontend.diagnostic;

/// Every kind of problem, with the code that users see and look up.
///
/// | Range | About |
/// | --- | --- |
/// | E00xx | characters and syntax |
/// | E01xx | names and imports |
/// | E02xx | types and constants |
/// | E03xx | dimensions, axes and shapes |
/// | E04xx | blocks, members, weights, `tie`, `init` |
/// | E05xx | masks, scans, experts |
/// | E06xx | the checkpoint clause, against config.json and tensor headers |
/// | W00xx | lints |
///
/// Each has a page `explain/CODE.md` and an example `errors/CODE.dune` among the test resources; a
/// test enforces both.
public enum ErrorCode {
  INVALID_ENCODING("E0001", "the file is not UTF-8 text"),
  STRAY_CHARACTER("E0002", "a character that means nothing here"),
  UNCLOSED_TEXT("E0003", "a text without its closing quote"),
  BAD_TEXT("E0004", "a mistake inside a text"),
  UNCLOSED_BRACKET("E0005", "a bracket that is never closed"),
  UNOPENED_BRACKET("E0006", "a closing bracket that fits no open one"),
  UNEXPECTED_TOKEN("E0007", "something else was expected here"),
  LINE_START("E0008", "a line that begins with a call, an index or a subtraction"),
  FOREIGN_OPERATOR("E0009", "an operator of another language"),
  ASSIGNMENT_AS_COMPARISON("E0010", "`=` where a comparison is meant"),
  UNUSED_VALUE("E0011", "a value that nobody uses"),
  FOREIGN_KEYWORD("E0012", "a keyword of another language"),
  TRAILING_CONDITION("E0013", "`x if c else y`"),
  MISSING_RESULT("E0014", "a signature without its result"),
  NESTED_TOO_DEEPLY("E0015", "nesting that is too deep"),
  LIST_REPETITION("E0016", "a list multiplied by a number"),
  UNKNOWN_VERSION("E0017", "a language version that this compiler does not know"),
  RESERVED_WORD("E0018", "a reserved word used as a name"),
  BAD_NUMBER("E0019", "a number that cannot be read"),
  CHAINED_COMPARISON("E0020", "a chain of comparisons"),

  SUSPICIOUS_COMMENT("W0001", "a comment that looks like a division");

  private final String code;
  private final String title;

  ErrorCode(String code, String title) {
    this.code = code;
    this.title = title;
  }

  /// `E0101`.
  public String code() {
    return code;
  }

  /// A few words, lower case.
  public String title() {
    return title;
  }

  public Severity severity() {
    return code.startsWith("W") ? Severity.WARNING : Severity.ERROR;
  }

  @Override
  public String toString() {
    return code;
  }
}
