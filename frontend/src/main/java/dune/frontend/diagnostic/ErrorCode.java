package dune.frontend.diagnostic;

import java.util.Arrays;
import java.util.Optional;

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

  UNKNOWN_NAME("E0101", "a name that nothing has"),
  UNKNOWN_MODULE("E0102", "an import of a module that does not exist"),
  NOT_IN_MODULE("E0103", "an import of a name that the module does not define"),
  DUPLICATE_NAME("E0104", "a name that is defined twice"),
  UNKNOWN_MEMBER("E0105", "a member that the block does not have"),
  UNKNOWN_ARGUMENT("E0106", "an argument that no parameter takes"),
  MISSING_ARGUMENT("E0107", "an argument that is missing"),
  TOO_MANY_ARGUMENTS("E0108", "more arguments than parameters"),
  DUPLICATE_ARGUMENT("E0109", "an argument that is given twice"),
  ENDLESS("E0110", "a model that cannot be unrolled"),
  WRONG_TYPE("E0201", "a value of the wrong type"),
  NOT_CALLABLE("E0202", "a call of something that is no function"),
  ELEMENT_MISMATCH("E0203", "element types that do not mix"),
  NARROWING("E0204", "a rounding that nobody wrote"),
  NO_MATCHING_CASE("E0205", "a value that matches no case"),
  BAD_CONDITION("E0206", "a condition that is not known at compile time"),
  REQUIREMENT_FAILED("E0207", "a requirement that does not hold"),
  BAD_INDEX("E0208", "an index that does not fit"),
  BAD_CAST("E0209", "a conversion that does not exist"),
  NOT_ITERABLE("E0210", "a loop over something that has no elements"),
  ASSIGNMENT_TO_CONSTANT("E0211", "an assignment to something that is no variable"),
  BAD_ARITHMETIC("E0212", "a number that does not exist"),
  WRONG_COUNT("E0213", "more names than values, or fewer"),
  MISSING_VALUE("E0214", "a body without a value"),
  KEY_OUTSIDE_CONFIG("E0215", "a key of config.json outside of the config clause"),
  AXES_DO_NOT_ALIGN("E0301", "axes that do not align"),
  UNKNOWN_AXIS("E0302", "an axis that the tensor does not have"),
  DUPLICATE_AXIS("E0303", "two axes of one name in one tensor"),
  RESHAPE_MISMATCH("E0304", "a reshape that changes the number of elements"),
  ARGUMENT_SHAPE("E0305", "an argument of the wrong shape"),
  RESULT_MISMATCH("E0306", "a result of another shape than declared"),
  SHAPE_MISMATCH("E0307", "a value of another shape than written"),
  SPLIT_SIZES("E0308", "a split whose parts do not add up"),
  NOT_WHOLE("E0309", "a size that is not a whole number"),
  NEGATIVE_SIZE("E0310", "a size below zero"),
  NOT_AN_AXIS("E0311", "something else where an axis is needed"),
  CONCAT_MISMATCH("E0312", "parts that cannot be joined"),
  RESHAPE_REORDERS("E0313", "a reshape that is meant to move axes"),
  RENAMED_TWICE("E0314", "an axis renamed to a name that is taken"),
  SIZES_DISAGREE("E0315", "sizes that do not work out"),
  NOT_A_BLOCK("E0401", "a member that is no block"),
  TIED_SHAPES("E0402", "tied weights of different shapes"),
  UNKNOWN_PATH("E0403", "a path that leads to no weight"),
  NO_FORWARD("E0404", "a block that cannot be called"),
  SIGNATURE_MISMATCH("E0405", "a function that does not fit the signature"),
  BAD_INITIALIZER("E0406", "an initialiser that is none"),
  INIT_MATCHES_NOTHING("E0407", "an `init` line that matches no weight"),
  MODEL_SIGNATURE("E0408", "a model that does not map tokens to logits"),
  WEIGHTS_IN_PLACE("E0409", "a block with weights used where it stands"),
  NO_MODEL("E0410", "a file without a model"),
  ABSENT_MEMBER("E0411", "a member used without its condition"),
  MASK_ARGUMENTS("E0501", "a mask applied in the wrong way"),
  BAD_MASK("E0502", "a mask that is no predicate"),
  STATE_CHANGES("E0503", "the state of a scan changes its type"),
  EXPERTS_DIFFER("E0504", "experts that are not alike"),
  EXPERT_SIGNATURE("E0505", "experts called with tensors that do not fit"),
  PENALTY_NOT_SCALAR("E0506", "a penalty that is not one number"),
  UNKNOWN_PARAMETER("E0601", "a config line for a parameter that the model does not have"),
  MISSING_KEY("E0602", "a key that config.json does not have"),
  BAD_WEIGHT_RULE("E0603", "a line of `weights` that cannot work"),
  UNKNOWN_TRANSFORM("E0604", "a weight transform that does not exist"),

  SUSPICIOUS_COMMENT("W0001", "a comment that looks like a division"),
  SWAPPED_AXES("W0002", "axes split in another order than they were written"),
  MASK_ADMITS_FUTURE("W0003", "a mask that lets a step see later ones"),
  RULE_MATCHES_NOTHING("W0004", "a line of `weights` that matches no weight"),
  UNUSED_IMPORT("W0005", "an import that nobody uses"),
  UNUSED_LET("W0006", "a value that is declared and never used");

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

  /// The code that users write as `E0101` or `e0101`.
  public static Optional<ErrorCode> find(String code) {
    return Arrays.stream(values()).filter(c -> c.code.equalsIgnoreCase(code.strip())).findFirst();
  }

  /// Whether the text could not be read as the author meant it.
  public boolean isSyntax() {
    return code.startsWith("E00");
  }

  @Override
  public String toString() {
    return code;
  }
}
