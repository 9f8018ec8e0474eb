package dune.models.written;

/// An expression, and the definition at the top of the file that it needs; empty if it needs none.
record Piece(String expression, String definition) {
  static Piece of(String expression) {
    return new Piece(expression, "");
  }
}
