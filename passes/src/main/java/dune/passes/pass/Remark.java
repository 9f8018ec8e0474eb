package dune.passes.pass;

import dune.ir.Origin;

/// What a pass tells about a place in the source: what it did there, or why it could not.
public record Remark(Origin origin, String text) {
  /// `std/norm.dune:12: text`.
  @Override
  public String toString() {
    return origin.place().isEmpty() ? text : origin.place() + ": " + text;
  }
}
