package dune.passes.time;

import dune.ir.Function;
import dune.ir.Program;
import dune.ir.State;
import dune.passes.pass.Observer;
import dune.passes.rewrite.Rewriter;
import dune.passes.rewrite.Rule;
import java.util.ArrayList;
import java.util.List;

/// Derives functions from the `forward` of a program, and adds them to it.
public final class Derivation {
  private Derivation() {}

  /// What came of an attempt to derive `step`.
  public sealed interface Outcome {
    /// The program with `step`, and the state that it keeps.
    record Continues(Program program) implements Outcome {}

    /// Nothing: this model runs by recomputation only.
    record Recomputes(List<Reason> reasons) implements Outcome {
      public Recomputes {
        reasons = List.copyOf(reasons);
      }
    }
  }

  /// Adds `score(tokens: int[B, T])`, which sees whole sequences and has no state.
  public static Program score(Program program) {
    Function score = ScoreDerivation.derive(program.require("forward"));
    return with(program, score, program.states());
  }

  /// Adds a function that computes what `score` does, and what training adds to the loss.
  public static Program penalised(String name, Program program) {
    return with(
        program, ScoreDerivation.derive(name, program.require("forward")), program.states());
  }

  /// Adds `step(tokens: int[B, T], start: int[B], count: int[B]; S)`, which appends to each row the
  /// first `count` of its tokens, after the `start` steps that it has already. `S`, at least the
  /// largest `start + count`, says how many slots of the caches are read.
  ///
  /// A call has at most `options.chunk()` steps `T`, and no row more than `options.capacity()` in
  /// all; nothing checks that. Padding (the steps from `count` on) changes no state; its results
  /// mean nothing. A row with `start` 0 begins anew, whatever its state holds.
  public static Outcome step(Program program, StepOptions options) {
    Function forward =
        new Rewriter(rules(), Observer.NONE)
            .rewrite(ScoreDerivation.withoutPenalties(program.require("forward")));
    CachePlan plan = TimeAnalysis.analyse(forward);
    if (!plan.reasons().isEmpty()) return new Outcome.Recomputes(plan.reasons());
    StepDerivation.Result result = StepDerivation.derive(forward, plan, options);
    var states = new ArrayList<State>(program.states());
    states.addAll(result.states());
    return new Outcome.Continues(with(program, result.step(), states));
  }

  /// Adds `next`: as `step`, but with the results at the last real step of each row only, without
  /// the axis `T`.
  public static Program next(Program program) {
    return with(program, LastStepDerivation.derive(program.require("step")), program.states());
  }

  /// What makes a `forward` easier to see through, before it is analysed.
  public static List<Rule<?>> rules() {
    return List.of(new RenamePositions());
  }

  /// Drops `forward`, once everything is derived from it.
  public static Program withoutForward(Program program) {
    return new Program(
        program.name(),
        program.weights(),
        program.states(),
        program.functions().stream()
            .filter(function -> !function.name().equals("forward"))
            .toList());
  }

  private static Program with(Program program, Function function, List<State> states) {
    var functions = new ArrayList<Function>();
    for (Function other : program.functions()) {
      if (!other.name().equals(function.name())) functions.add(other);
    }
    functions.add(function);
    return new Program(program.name(), program.weights(), states, functions);
  }
}
