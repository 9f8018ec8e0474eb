package dune.passes.simplify;

import dune.ir.Elementwise;
import dune.ir.Layout;
import dune.ir.Operands;
import dune.ir.Type;
import dune.ir.Value;
import dune.passes.rewrite.Match;
import dune.passes.rewrite.Rule;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/// `add(x, broadcast(s)) -> add(x, s)` and `add(x, fill(c)) -> add(x, c)`
///
/// For a scalar `s` that meets every element anyway; one operand keeps the shape.
final class UseScalars implements Rule<Elementwise> {
  @Override
  public Class<Elementwise> root() {
    return Elementwise.class;
  }

  @Override
  public Optional<Value> rewrite(Elementwise op, Match match) {
    List<Value> operands = Operands.of(op);
    var scalars = new ArrayList<Value>();
    for (Value operand : operands) scalars.add(scalar(operand, match));
    boolean keepsShape = scalars.stream().anyMatch(value -> match.type(value).rank() > 0);
    if (!keepsShape || scalars.equals(operands)) return Optional.empty();
    Iterator<Value> next = scalars.iterator();
    return Optional.of(match.emit(Operands.map(op, _ -> next.next())));
  }

  private static Value scalar(Value operand, Match match) {
    Type type = match.type(operand);
    if (type.rank() == 0) return operand;
    OptionalDouble number = match.uniform(operand);
    if (number.isPresent()) {
      return Uniform.of(number.getAsDouble(), Type.scalar(type.elem()), match);
    }
    return match
        .find(Layout.Broadcast.class, operand)
        .map(Layout.Broadcast::x)
        .filter(x -> match.type(x).rank() == 0)
        .orElse(operand);
  }
}
