package dune.passes;

import dune.ir.Program;
import dune.passes.pass.Observer;
import dune.passes.pass.Pass;
import dune.passes.pass.PassManager;
import dune.passes.pass.Remarks;
import dune.passes.time.StepOptions;
import dune.passes.train.LossOptions;
import java.util.List;

/// From what the frontend lowered to a program that can be emitted.
public final class Compiler {
  private Compiler() {}

  /// @param program with the function `forward`
  /// @param options how much the program must be able to hold between calls
  /// @param observer watches the passes; {@link Observer#NONE} if nobody does
  public static Compiled compile(
      Program program, Optimization optimization, StepOptions options, Observer observer) {
    return compile(program, optimization, options, Use.EVERYTHING, observer);
  }

  /// The same with the functions that `use` asks for.
  public static Compiled compile(
      Program program, Optimization optimization, StepOptions options, Use use, Observer observer) {
    return run(Pipelines.of(optimization, options, use), program, observer);
  }

  /// Makes a program whose one function is `loss(tokens: int[B, T], targets: int[B, T])`: the mean
  /// cross entropy in nats, then what training adds to it.
  ///
  /// @param program with the function `forward`, elaborated for training or not
  /// @param steps the most of a sequence
  public static Compiled compileLoss(
      Program program, Optimization optimization, long steps, Observer observer) {
    return compileLoss(program, optimization, steps, LossOptions.PLAIN, observer);
  }

  /// The same with what `options` say.
  public static Compiled compileLoss(
      Program program,
      Optimization optimization,
      long steps,
      LossOptions options,
      Observer observer) {
    return run(Pipelines.ofTraining(optimization, steps, options), program, observer);
  }

  private static Compiled run(List<Pass> passes, Program program, Observer observer) {
    var remarks = new Remarks();
    Observer all = Observer.all(List.of(remarks, observer));
    Program result = new PassManager(passes, all).run(program);
    return new Compiled(result, remarks.all());
  }
}
