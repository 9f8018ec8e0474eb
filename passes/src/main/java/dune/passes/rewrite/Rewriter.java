package dune.passes.rewrite;

import dune.ir.Function;
import dune.ir.FunctionBuilder;
import dune.ir.Inferred;
import dune.ir.Op;
import dune.ir.Origin;
import dune.ir.Program;
import dune.ir.Type;
import dune.ir.Value;
import dune.passes.pass.Observer;
import dune.passes.pass.PassException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// Applies a set of rules until none fires. Each sweep copies the function: dead operations are
/// left behind, and the builder joins equal ones.
public final class Rewriter {
  /// More than any honest set of rules has needed; one that goes on fires in circles.
  private static final int SWEEPS = 32;

  private final List<Rule<?>> rules;
  private final Observer observer;

  public Rewriter(List<Rule<?>> rules, Observer observer) {
    this.rules = List.copyOf(rules);
    this.observer = observer;
  }

  public Program rewrite(Program program) {
    return new Program(
        program.name(),
        program.weights(),
        program.states(),
        program.functions().stream().map(this::rewrite).toList());
  }

  /// @throws PassException if a rule changes a type, or rules never come to rest
  public Function rewrite(Function function) {
    var fired = new TreeSet<String>();
    Function current = function;
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
      fired.clear();
      current =
          FunctionCopy.copy(
              current,
              Substitution.NONE,
              (op, before, into) -> emit(op, before.origin(), into, fired));
      if (fired.isEmpty()) return current;
    }
    throw new PassException(
        "rules still fire in `" + function.name() + "` after " + SWEEPS + " sweeps: " + fired);
  }

  private List<Value> emit(Op op, Origin origin, FunctionBuilder into, Set<String> fired) {
    var match = new Match(into, origin);
    for (Rule<?> rule : rules) {
      Optional<Value> after = attempt(rule, op, match);
      if (after.isEmpty()) continue;
      check(rule, op, into, after.get());
      fired.add(rule.name());
      observer.fired(rule.name(), origin);
      return List.of(after.get());
    }
    return into.emitAll(op, origin);
  }

  private static <O extends Op> Optional<Value> attempt(Rule<O> rule, Op op, Match match) {
    return rule.root().isInstance(op)
        ? rule.rewrite(rule.root().cast(op), match)
        : Optional.empty();
  }

  private static void check(Rule<?> rule, Op op, FunctionBuilder into, Value after) {
    Type found = into.of(after);
    if (!op.infer(into).equals(Inferred.of(found))) {
      throw new PassException(
          rule.name() + " replaces " + op + " of " + op.infer(into) + " by a value of " + found);
    }
  }
}
