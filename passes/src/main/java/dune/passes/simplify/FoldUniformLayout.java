package dune.passes.simplify;

import dune.ir.Layout;
import dune.ir.Operands;
import dune.ir.Value;
import dune.passes.rewrite.Match;
import dune.passes.rewrite.Rule;
import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalDouble;

/// `reshape(fill(c)) -> fill(c)`, likewise `permute`, `broadcast`, `slice` and `concat`
final class FoldUniformLayout implements Rule<Layout> {
  @Override
  public Class<Layout> root() {
    return Layout.class;
  }

  @Override
  public Optional<Value> rewrite(Layout op, Match match) {
    return switch (op) {
      case Layout.History _ -> Optional.empty();
      case Layout.Reshape _,
          Layout.Permute _,
          Layout.Broadcast _,
          Layout.Slice _,
          Layout.Concat _ ->
          number(op, match).map(number -> Uniform.of(number, match.resultType(op), match));
    };
  }

  /// The number that all operands are full of.
  private static Optional<Double> number(Layout op, Match match) {
    var numbers = new HashSet<Double>();
    for (Value operand : Operands.of(op)) {
      OptionalDouble number = match.uniform(operand);
      if (number.isEmpty()) return Optional.empty();
      numbers.add(number.getAsDouble());
    }
    return numbers.size() == 1 ? Optional.of(numbers.iterator().next()) : Optional.empty();
  }
}
