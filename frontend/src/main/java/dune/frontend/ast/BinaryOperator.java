package dune.frontend.ast;

/// Operators between two operands, tightest first.
public enum BinaryOperator {
  POWER("**"),
  MULTIPLY("*"),
  DIVIDE("/"),
  REMAINDER("%"),
  ADD("+"),
  SUBTRACT("-"),
  COALESCE("??"),
  IN("in"),
  LESS("<"),
  LESS_OR_EQUAL("<="),
  GREATER(">"),
  GREATER_OR_EQUAL(">="),
  EQUAL("=="),
  NOT_EQUAL("!="),
  AND("and"),
  OR("or");

  private final String symbol;

  BinaryOperator(String symbol) {
    this.symbol = symbol;
  }

  public String symbol() {
    return symbol;
  }

  public boolean isComparison() {
    return switch (this) {
      case LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL, EQUAL, NOT_EQUAL -> true;
      case POWER, MULTIPLY, DIVIDE, REMAINDER, ADD, SUBTRACT, COALESCE, IN, AND, OR -> false;
    };
  }
}
