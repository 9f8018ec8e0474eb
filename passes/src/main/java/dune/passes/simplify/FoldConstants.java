package dune.passes.simplify;

import dune.ir.Elem;
import dune.ir.Elementwise;
import dune.ir.Operands;
import dune.ir.Value;
import dune.passes.rewrite.Match;
import dune.passes.rewrite.Rule;
import java.util.ArrayList;
import java.util.Optional;
import java.util.OptionalDouble;

/// `f(c1, c2) -> c` and `f(fill(c1), c2) -> fill(c)`
///
/// Where the result is exact in its type.
final class FoldConstants implements Rule<Elementwise> {
  @Override
  public Class<Elementwise> root() {
    return Elementwise.class;
  }

  @Override
  public Optional<Value> rewrite(Elementwise op, Match match) {
    var numbers = new ArrayList<Double>();
    for (Value operand : Operands.of(op)) {
      OptionalDouble number = match.uniform(operand);
      if (number.isEmpty()) return Optional.empty();
      numbers.add(number.getAsDouble());
    }
    Elem elem = match.type(Operands.of(op).getFirst()).elem();
    OptionalDouble result = Folding.fold(op, numbers, elem);
    if (result.isEmpty()) return Optional.empty();
    return Optional.of(Uniform.of(result.getAsDouble(), match.resultType(op), match));
  }
}
