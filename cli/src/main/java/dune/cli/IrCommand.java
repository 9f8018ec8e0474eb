package dune.cli;

import dune.frontend.diagnostic.Diagnostics;
import dune.frontend.elaborate.Elaborated;
import dune.frontend.elaborate.Elaborator;
import dune.frontend.elaborate.Settings;
import dune.ir.Elem;
import dune.ir.Program;
import dune.ir.text.Layers;
import dune.ir.text.Printer;
import dune.passes.time.Derivation;
import dune.passes.time.StepOptions;
import dune.runtime.library.ModelFile;
import dune.weights.checkpoint.Checkpoint;
import java.util.LinkedHashMap;
import java.util.Map;
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
      "Sizes are those of --weights, else the defaults of the file."
    })
final class IrCommand implements Callable<Integer> {
  private final Console console;
  private final Reports reports;

  @Spec private picocli.CommandLine.Model.CommandSpec spec;
  @Mixin private ModelOptions model;

  @Option(
      names = "--set",
      paramLabel = "NAME=VALUE",
      description = "Give a parameter of the model another value; may be given several times.")
  private Map<String, String> values = new LinkedHashMap<>();

  @Option(
      names = "--fold",
      description = "Print equal layers once; such a text is for people and does not parse back.")
  private boolean fold;

  @Option(
      names = "--after",
      paramLabel = "PASS",
      defaultValue = "elaborate",
      description = "elaborate, score, step or next: what to print. Default: ${DEFAULT-VALUE}.")
  private After after = After.ELABORATE;

  enum After {
    ELABORATE,
    SCORE,
    STEP,
    NEXT
  }

  IrCommand(Console console) {
    this.console = console;
    this.reports = new Reports(console);
  }

  @Override
  public Integer call() {
    if (model.model.isEmpty() && model.weights.isEmpty()) {
      throw new ParameterException(spec.commandLine(), "a file is missing");
    }
    var diagnostics = new Diagnostics();
    Optional<Checkpoint> checkpoint = model.weights.map(_ -> model.checkpoint());
    Optional<ModelFile> file = model.file(checkpoint, diagnostics);
    reports.show(diagnostics);
    if (file.isEmpty()) return ExitStatus.MISTAKES.code();
    Elem elem = model.dtype.orElseGet(() -> checkpoint.map(Checkpoint::floatType).orElse(Elem.F32));
    Settings settings =
        checkpoint
            .map(found -> Settings.of(found.config(), elem))
            .orElseGet(() -> Settings.defaults(elem));
    Elaborated elaborated =
        Elaborator.elaborate(file.get().text(), file.get().sources(), settings.with(values));
    ExitStatus status = reports.show(elaborated.diagnostics());
    if (elaborated.program().isEmpty()) return status.code();
    Optional<Program> program = derive(elaborated.program().get());
    if (program.isEmpty()) return ExitStatus.MISTAKES.code();
    console.out().print(Printer.print(program.get(), fold ? Layers.FOLDED : Layers.ALL));
    return ExitStatus.OK.code();
  }

  private Optional<Program> derive(Program program) {
    if (after == After.ELABORATE) return Optional.of(program);
    Program score = Derivation.score(program);
    if (after == After.SCORE) return Optional.of(Derivation.withoutForward(score));
    return switch (Derivation.step(score, new StepOptions(model.context.orElse(4096), 256))) {
      case Derivation.Outcome.Continues(Program continued) ->
          Optional.of(
              Derivation.withoutForward(
                  after == After.STEP ? continued : Derivation.next(continued)));
      case Derivation.Outcome.Recomputes(var reasons) -> {
        reasons.forEach(reason -> console.say("not cached: " + reason));
        yield Optional.empty();
      }
    };
  }
}
