package dune.passes.simplify;

import dune.ir.Elem;

/// What conversions between element types lose.
final class Casts {
  private Casts() {}

  /// Whether every number of one type is a number of the other.
  static boolean isLossless(Elem from, Elem to) {
    if (from == to) return true;
    return switch (from) {
      case BOOL -> true;
      case F16, BF16 -> to == Elem.F32 || to == Elem.F64;
      case F32 -> to == Elem.F64;
      case INT, F64 -> false;
    };
  }
}
