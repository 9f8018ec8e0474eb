package dune.passes.time;

import dune.ir.Elementwise;
import dune.ir.Layout;
import dune.ir.Op;
import dune.ir.Operands;
import dune.ir.Source;
import dune.ir.Value;
import dune.ir.dim.Dim;
import dune.passes.rewrite.Match;
import dune.passes.rewrite.Rule;
import dune.passes.rewrite.Substitution;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;

/// `history(f(position(T)), S) -> f(position(S))`
///
/// For elementwise `f`: positions are known without a cache, and masks made of them can be read.
final class RenamePositions implements Rule<Layout.History> {
  @Override
  public Class<Layout.History> root() {
    return Layout.History.class;
  }

  @Override
  public Optional<Value> rewrite(Layout.History op, Match match) {
    Dim steps = match.type(op.x()).dim(op.axis());
    return steps
        .name()
        .flatMap(name -> renamed(op.x(), steps, new Substitution(Map.of(name, op.keys())), match));
  }

  /// The value along the other axis, if it is computed from positions and numbers alone.
  private static Optional<Value> renamed(Value value, Dim steps, Substitution keys, Match match) {
    Optional<Op> op = match.find(Op.class, value);
    if (op.isEmpty()) return Optional.empty();
    boolean isConstant = match.type(value).shape().dims().stream().noneMatch(steps::equals);
    if (isConstant) return Optional.of(value);
    return switch (op.get()) {
      case Source.Position position -> Optional.of(match.emit(keys.apply(position)));
      case Elementwise elementwise -> rebuilt(elementwise, steps, keys, match);
      case Layout.Broadcast broadcast -> rebuilt(broadcast, steps, keys, match);
      case Op _ -> Optional.empty();
    };
  }

  private static Optional<Value> rebuilt(Op op, Dim steps, Substitution keys, Match match) {
    var operands = new ArrayList<Value>();
    for (Value operand : Operands.of(op)) {
      Optional<Value> other = renamed(operand, steps, keys, match);
      if (other.isEmpty()) return Optional.empty();
      operands.add(other.get());
    }
    Iterator<Value> next = operands.iterator();
    return Optional.of(match.emit(keys.apply(Operands.map(op, _ -> next.next()))));
  }
}
