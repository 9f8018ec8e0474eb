package dune.cli;

import dune.frontend.diagnostic.Diagnostics;
import dune.frontend.elaborate.Elaborated;
import dune.frontend.elaborate.Elaborator;
import dune.frontend.elaborate.Settings;
import dune.frontend.resolve.Suggest;
import dune.ir.Elem;
import dune.ir.Program;
import dune.ir.text.Layers;
import dune.ir.text.Printer;
import dune.passes.Compiler;
import dune.passes.Optimization;
import dune.passes.Pipelines;
import dune.passes.pass.Observer;
import dune.passes.pass.Pass;
import dune.passes.time.StepOptions;
import dune.runtime.library.ModelFile;
import dune.weights.InputFailure;
import dune.weights.checkpoint.Checkpoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
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
      completionCandidates = PassNames.class,
      description =
          "Print what this pass gave: ${COMPLETION-CANDIDATES}. Default: what the author wrote.")
  private Optional<String> after = Optional.empty();

  @Option(names = "--before", paramLabel = "PASS", description = "Print what this pass was given.")
  private Optional<String> before = Optional.empty();

  static final class PassNames implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Pipelines.names().iterator();
    }
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
    Program program = at(elaborated.program().get());
    console.out().print(Printer.print(program, fold ? Layers.FOLDED : Layers.ALL));
    return ExitStatus.OK.code();
  }

  /// The program before or after the pass that was asked for.
  private Program at(Program program) {
    if (before.isEmpty() && after.isEmpty()) return program;
    if (before.isPresent() && after.isPresent()) {
      throw new ParameterException(
          spec.commandLine(), "--before and --after cannot be given together");
    }
    String name = before.or(() -> after).orElseThrow();
    if (!Pipelines.names().contains(name)) {
      throw new ParameterException(
          spec.commandLine(),
          "there is no pass `%s`%s"
              .formatted(
                  name,
                  Suggest.nearest(name, Pipelines.names())
                      .map(nearest -> "; did you mean `" + nearest + "`?")
                      .orElse("; there are " + String.join(", ", Pipelines.names()))));
    }
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
    var options = new StepOptions(model.context.orElse(4096), 256);
    Compiler.compile(program, Optimization.O2, options, watching)
        .reasons()
        .forEach(reason -> console.say("it recomputes every token: " + reason));
    if (seen.isEmpty()) {
      throw new InputFailure("the pass `%s` does not run on this model".formatted(name));
    }
    return seen.getFirst();
  }
}
