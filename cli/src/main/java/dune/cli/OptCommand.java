package dune.cli;

import dune.frontend.diagnostic.Diagnostics;
import dune.frontend.elaborate.Elaborated;
import dune.frontend.elaborate.Elaborator;
import dune.frontend.elaborate.Settings;
import dune.frontend.resolve.Suggest;
import dune.ir.Elem;
import dune.ir.Program;
import dune.ir.text.Printer;
import dune.passes.Pipelines;
import dune.passes.pass.Observer;
import dune.passes.pass.Pass;
import dune.passes.pass.PassManager;
import dune.passes.pass.Remarks;
import dune.passes.pass.Snapshots;
import dune.passes.pass.Timings;
import dune.passes.time.StepOptions;
import dune.runtime.library.IrFile;
import dune.runtime.library.ModelFile;
import dune.weights.AtomicFile;
import dune.weights.InputFailure;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "opt",
    description = {
      "Runs passes on intermediate representation, and prints what they make of it.",
      "What each pass gives is verified. A pass that fails leaves what it was given in a file"
          + " NAME.PASS.reproducer.ir."
    })
final class OptCommand implements Callable<Integer> {
  private final Console console;
  private final Reports reports;

  @Spec private picocli.CommandLine.Model.CommandSpec spec;

  @Parameters(
      paramLabel = "FILE",
      description =
          "A .ir file as `dunec ir` prints it, a .dune file, or the name of one that comes with"
              + " dune (llama).")
  private Path file;

  @Option(
      names = "--passes",
      paramLabel = "PASS",
      split = ",",
      completionCandidates = IrCommand.PassNames.class,
      description = "Which passes to run, in this order: ${COMPLETION-CANDIDATES}. Default: all.")
  private List<String> passes = Pipelines.names();

  @Option(
      names = "--print-after",
      paramLabel = "PASS",
      arity = "0..1",
      fallbackValue = "",
      description = "Print what this pass gave as well; without a name, what each pass gave.")
  private Optional<String> printed = Optional.empty();

  @Option(names = "--time-passes", description = "Say how long each pass took.")
  private boolean timed;

  @Option(
      names = {"-c", "--ctx-size"},
      paramLabel = "N",
      description = "The most tokens of a sequence. Default: ${DEFAULT-VALUE}.")
  private int context = 4096;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "Write the result there. Default: standard output.")
  private Optional<Path> output = Optional.empty();

  OptCommand(Console console) {
    this.console = console;
    this.reports = new Reports(console);
  }

  @Override
  public Integer call() {
    passes.forEach(this::requireName);
    printed.filter(name -> !name.isEmpty()).ifPresent(this::requireName);
    Optional<Program> program = program();
    if (program.isEmpty()) return ExitStatus.MISTAKES.code();
    List<Pass> chosen = Pipelines.named(passes, new StepOptions(context, 256));
    Pipelines.misfit(program.get(), chosen)
        .ifPresent(
            why -> {
              throw new InputFailure(file + ": " + why);
            });
    var remarks = new Remarks();
    var timings = new Timings();
    var snapshots =
        new Snapshots(
            name -> printed.isPresent() && (printed.get().isEmpty() || printed.get().equals(name)),
            (name, made) -> console.out().print("// after " + name + "\n" + Printer.print(made)));
    Observer all = Observer.all(List.of(remarks, timings, snapshots));
    Program result = new PassManager(chosen, all).run(program.get());
    remarks.all().forEach(remark -> console.say(remark.toString()));
    if (timed) show(timings);
    String text = Printer.print(result);
    if (output.isPresent()) {
      AtomicFile.write(output.get(), text.getBytes(StandardCharsets.UTF_8));
    } else {
      if (printed.isPresent()) console.out().print("// result\n");
      console.out().print(text);
    }
    return ExitStatus.OK.code();
  }

  private Optional<Program> program() {
    if (IrFile.isIr(file)) return Optional.of(IrFile.read(file));
    var diagnostics = new Diagnostics();
    Optional<ModelFile> model = ModelFile.read(file, diagnostics);
    reports.show(diagnostics);
    if (model.isEmpty()) return Optional.empty();
    Elaborated elaborated =
        Elaborator.elaborate(
            model.get().text(), model.get().sources(), Settings.defaults(Elem.F32));
    reports.show(elaborated.diagnostics());
    return elaborated.program();
  }

  private void show(Timings timings) {
    int width = timings.all().stream().mapToInt(one -> one.pass().length()).max().orElse(0);
    for (Timings.Timing one : timings.all()) {
      console
          .err()
          .println(
              String.format(
                  Locale.ROOT,
                  "%-" + width + "s %10.1f ms",
                  one.pass(),
                  one.time().toNanos() / 1e6));
    }
  }

  private void requireName(String name) {
    if (Pipelines.names().contains(name)) return;
    throw new ParameterException(
        spec.commandLine(),
        "there is no pass `%s`%s; there are %s"
            .formatted(
                name,
                Suggest.nearest(name, Pipelines.names())
                    .map(nearest -> "; did you mean `" + nearest + "`?")
                    .orElse(""),
                String.join(", ", Pipelines.names()))
            .replace("?; ", "? "));
  }
}
