package dune.frontend.ast;

/// Operators before one operand.
public enum UnaryOperator {
  NEGATE("-"),
  NOT("not");

  private final String symbol;

  UnaryOperator(String symbol) {
    this.symbol = symbol;
  }

  public String symbol() {
    return symbol;
  }
}
