package dune.passes.pass;

import dune.ir.Node;
import dune.ir.Program;
import dune.ir.text.Printer;
import dune.ir.verify.Origins;
import dune.ir.verify.Problem;
import dune.ir.verify.Verifier;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// Runs passes one after another, and verifies what each of them gives.
public final class PassManager {
  private final List<Pass> passes;
  private final Observer observer;

  /// @throws PassException if a pass does not take what the one before it makes
  public PassManager(List<Pass> passes, Observer observer) {
    this.passes = List.copyOf(passes);
    this.observer = observer;
    for (int i = 1; i < passes.size(); i++) {
      Pass before = passes.get(i - 1);
      Pass after = passes.get(i);
      if (before.after() != after.before()) {
        throw new PassException(
            "`"
                + after.name()
                + "` takes "
                + after.before()
                + " programs, but `"
                + before.name()
                + "` makes "
                + before.after());
      }
    }
  }

  /// @throws PassException if a pass fails, makes an ill-formed program, or loses track of where
  ///   something comes from; it holds what the pass was given
  public Program run(Program program) {
    Origins origins =
        Verifier.verify(program, Origins.REQUIRED).isEmpty() ? Origins.REQUIRED : Origins.OPTIONAL;
    Program current = program;
    for (Pass pass : passes) {
      observer.began(pass, current);
      long began = System.nanoTime();
      Program given = current;
      Duration time;
      try {
        current = pass.transformation().apply(given, observer);
        time = Duration.ofNanos(System.nanoTime() - began);
        verify(pass, current, origins);
      } catch (RuntimeException e) {
        throw failed(pass, given, e);
      }
      observer.ended(pass, current, time);
    }
    return current;
  }

  private static PassException failed(Pass pass, Program given, RuntimeException cause) {
    String message =
        cause instanceof PassException
            ? cause.getMessage()
            : "`" + pass.name() + "` failed: " + cause;
    return new PassException(message, cause, new Reproducer(pass, given));
  }

  private static void verify(Pass pass, Program program, Origins origins) {
    List<Problem> problems = Verifier.verify(program, origins);
    if (!problems.isEmpty()) {
      throw new PassException(
          problems.stream()
              .map(Problem::toString)
              .collect(Collectors.joining("\n", "`" + pass.name() + "` broke the program:\n", "")));
    }
    Optional<Node> intruder = pass.after().intruder(program);
    if (intruder.isPresent()) {
      throw new PassException("`" + pass.name() + "` left " + Printer.print(intruder.get().op()));
    }
  }
}
