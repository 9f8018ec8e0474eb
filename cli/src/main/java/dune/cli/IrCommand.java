package dune.cli;

import dune.cli.LoweringOptions.Lowered;
import dune.ir.Program;
import dune.ir.text.Layers;
import dune.ir.text.Printer;
import dune.passes.Compiler;
import dune.passes.pass.Observer;
import dune.passes.pass.Pass;
import dune.weights.InputFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
    name = "ir",
    description = {
      "Prints the intermediate representation of a model.",
      "Sizes are those of --weights or --config, else the defaults of the file."
    })
final class IrCommand implements Callable<Integer> {
  private final Console console;
  private final Reports reports;

  @Spec private picocli.CommandLine.Model.CommandSpec spec;
  @Mixin private LoweringOptions lowering;

  @Option(
      names = "--fold",
      description = "Print equal layers once; such a text is for people and does not parse back.")
  private boolean fold;

  @Option(
      names = "--after",
      paramLabel = "PASS",
      completionCandidates = PassNames.class,
      description =
          "Print what this pass gave: ${COMPLETION-CANDIDATES}. Default: what the author wrote.")
  private Optional<String> after = Optional.empty();

  @Option(names = "--before", paramLabel = "PASS", description = "Print what this pass was given.")
  private Optional<String> before = Optional.empty();

  IrCommand(Console console) {
    this.console = console;
    this.reports = new Reports(console);
  }

  @Override
  public Integer call() {
    Optional<Lowered> lowered = lowering.lower(reports);
    if (lowered.isEmpty()) return ExitStatus.MISTAKES.code();
    Program program = at(lowered.get());
    console.out().print(Printer.print(program, fold ? Layers.FOLDED : Layers.ALL));
    return ExitStatus.OK.code();
  }

  /// The program before or after the pass that was asked for.
  private Program at(Lowered lowered) {
    if (before.isEmpty() && after.isEmpty()) return lowered.program();
    if (before.isPresent() && after.isPresent()) {
      throw new ParameterException(
          spec.commandLine(), "--before and --after cannot be given together");
    }
    String name = before.or(() -> after).orElseThrow();
    PassNames.require(name, spec.commandLine());
    var seen = new ArrayList<Program>();
    var watching =
        new Observer() {
          @Override
          public void began(Pass pass, Program given) {
            if (before.isPresent() && pass.name().equals(name)) seen.add(given);
          }

          @Override
          public void ended(Pass pass, Program made, Duration time) {
            if (after.isPresent() && pass.name().equals(name)) seen.add(made);
          }
        };
    Compiler.compile(lowered.program(), lowering.model.level(), lowering.steps(lowered), watching)
        .reasons()
        .forEach(reason -> console.say("it recomputes every token: " + reason));
    if (seen.isEmpty()) {
      throw new InputFailure("the pass `%s` does not run on this model".formatted(name));
    }
    return seen.getFirst();
  }
}
