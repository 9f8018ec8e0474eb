package dune.passes.simplify;

import dune.ir.Source;
import dune.ir.Type;
import dune.ir.Value;
import dune.passes.rewrite.Match;

/// Makes tensors of one number.
final class Uniform {
  private Uniform() {}

  /// The number everywhere in a tensor of the type.
  static Value of(double number, Type type, Match match) {
    return match.emit(
        type.rank() == 0
            ? new Source.Constant(number, type.elem())
            : new Source.Fill(number, type));
  }
}
