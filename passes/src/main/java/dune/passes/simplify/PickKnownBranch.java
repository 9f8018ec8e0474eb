package dune.passes.simplify;

import dune.ir.Elementwise;
import dune.ir.Layout;
import dune.ir.Type;
import dune.ir.Value;
import dune.passes.rewrite.Match;
import dune.passes.rewrite.Rule;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/// `select(true, x, y) -> x`, `select(c, x, x) -> x`
///
/// Where the branch has the shape of the result; else it is spread.
final class PickKnownBranch implements Rule<Elementwise.Select> {
  @Override
  public Class<Elementwise.Select> root() {
    return Elementwise.Select.class;
  }

  @Override
  public Optional<Value> rewrite(Elementwise.Select op, Match match) {
    Type type = match.resultType(op);
    OptionalDouble condition = match.uniform(op.condition());
    if (condition.isEmpty() && !op.then().equals(op.otherwise())) return Optional.empty();
    boolean taken = condition.isEmpty() || condition.getAsDouble() != 0;
    Value branch = taken ? op.then() : op.otherwise();
    if (match.type(branch).equals(type)) return Optional.of(branch);
    return Optional.of(match.emit(new Layout.Broadcast(branch, type.shape(), List.of())));
  }
}
