package dune.passes.pass;

import dune.ir.Origin;

/// What a pass tells about a place in the source: what it did there, or why it could not.
///
/// @param pass the name of the pass
public record Remark(String pass, Origin origin, String text) {
  /// `std/norm.dune:12: text`.
  @Override
  public String toString() {
    return origin.place().isEmpty() ? text : origin.place() + ": " + text;
  }
}
