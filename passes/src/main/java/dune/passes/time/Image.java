package dune.passes.time;

import dune.ir.Value;

/// What stands for a value of `forward` in the function that continues it.
record Image(Value value, Form form) {
  enum Form {
    /// The same axes.
    PLAIN,
    /// The value had no rows, but now differs from row to row: `B` stands before its axes.
    PER_ROW
  }

  static Image plain(Value value) {
    return new Image(value, Form.PLAIN);
  }

  static Image perRow(Value value) {
    return new Image(value, Form.PER_ROW);
  }

  boolean isPerRow() {
    return form == Form.PER_ROW;
  }
}
