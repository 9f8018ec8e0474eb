package dune.models.written;

import java.util.OptionalInt;

/// Who sees whom, and from where.
///
/// @param slopes whether scores get linear biases
/// @param window how many steps back a step sees; all if empty
/// @param alternating whether every other layer sees everything
/// @param ownMask whether the mask is written by hand
record Look(
    Turning turning, boolean slopes, OptionalInt window, boolean alternating, boolean ownMask) {
  /// How far the layer `i` looks back.
  String reach() {
    if (window.isEmpty()) return "none";
    int steps = window.getAsInt();
    return alternating ? "if i %% 2 == 0 { %d } else { none }".formatted(steps) : "" + steps;
  }

  /// The same with the library's masks.
  Look inLibrary() {
    return new Look(turning, slopes, window, alternating, false);
  }

  /// The mask, where `reach` is in scope.
  Piece mask() {
    if (!ownMask) return Piece.of("causal and within(reach)");
    return new Piece(
        "near(reach)", "mask near(w: int?) = key <= query and (w == none or query - key < w)\n");
  }
}
