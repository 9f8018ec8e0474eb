package dune.passes.simplify;

import dune.ir.Contraction;
import dune.ir.Contraction.ReduceKind;
import dune.ir.Elementwise;
import dune.ir.Elementwise.BinaryKind;
import dune.ir.Source;
import dune.ir.Value;
import dune.passes.rewrite.Match;
import dune.passes.rewrite.Rule;
import java.util.Optional;
import java.util.OptionalDouble;

/// `gt(add(reduce_max(position), 1), c) -> false`, `max(add(reduce_max(position), 1), c) -> c`
///
/// Where no sequence can be so long. Rotations that stretch with the length then depend on it no
/// more, and what was computed with them can be kept.
record BoundLength(long capacity) implements Rule<Elementwise.Binary> {
  @Override
  public Class<Elementwise.Binary> root() {
    return Elementwise.Binary.class;
  }

  @Override
  public Optional<Value> rewrite(Elementwise.Binary op, Match match) {
    OptionalDouble number = match.uniform(op.rhs());
    if (number.isEmpty()) return Optional.empty();
    OptionalDouble most = most(op.lhs(), match);
    if (most.isEmpty()) return Optional.empty();
    double c = number.getAsDouble();
    double largest = most.getAsDouble();
    OptionalDouble known =
        switch (op.kind()) {
          case GT -> largest <= c ? OptionalDouble.of(0) : OptionalDouble.empty();
          case GE -> largest < c ? OptionalDouble.of(0) : OptionalDouble.empty();
          case LT -> largest < c ? OptionalDouble.of(1) : OptionalDouble.empty();
          case LE -> largest <= c ? OptionalDouble.of(1) : OptionalDouble.empty();
          case MAX -> largest <= c ? number : OptionalDouble.empty();
          case ADD, SUB, MUL, DIV, MOD, POW, MIN, EQ, NE, AND, OR -> OptionalDouble.empty();
        };
    if (known.isEmpty()) return Optional.empty();
    return Optional.of(Uniform.of(known.getAsDouble(), match.resultType(op), match));
  }

  /// The most that a value can be: the last position, and what is added to it.
  private OptionalDouble most(Value value, Match match) {
    var reduced = match.find(Contraction.Reduce.class, value);
    if (reduced.isPresent()) {
      boolean last =
          reduced.get().kind() == ReduceKind.MAX
              && match.find(Source.Position.class, reduced.get().x()).isPresent();
      return last ? OptionalDouble.of(capacity - 1) : OptionalDouble.empty();
    }
    var sum = match.find(Elementwise.Binary.class, value);
    if (sum.isEmpty() || sum.get().kind() != BinaryKind.ADD) return OptionalDouble.empty();
    OptionalDouble added = match.constant(sum.get().rhs());
    OptionalDouble most = most(sum.get().lhs(), match);
    if (added.isEmpty() || most.isEmpty()) return OptionalDouble.empty();
    return OptionalDouble.of(most.getAsDouble() + added.getAsDouble());
  }
}
