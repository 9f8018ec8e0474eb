package dune.passes.time;

import dune.ir.Origin;

/// Why a model cannot be continued step by step, as its author understands it.
///
/// @param origin the operation that is in the way
/// @param text what it does, and what would help
public record Reason(Origin origin, String text) {
  /// `std/time.dune:12: text`.
  @Override
  public String toString() {
    return origin.place().isEmpty() ? text : origin.place() + ": " + text;
  }
}
