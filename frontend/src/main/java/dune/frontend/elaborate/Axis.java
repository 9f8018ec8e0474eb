package dune.frontend.elaborate;

import dune.ir.dim.Dim;
import java.util.List;

/// One axis of a tensor, in the names of the frame that looks at it.
///
/// @param factors the product as the author wrote it (`H, K` for `H * K`), outermost first; empty
///   where nobody wrote one
record Axis(Dim dim, List<Dim> factors) {
  Axis {
    factors = List.copyOf(factors);
  }

  static Axis of(Dim dim) {
    return new Axis(dim, List.of());
  }
}
