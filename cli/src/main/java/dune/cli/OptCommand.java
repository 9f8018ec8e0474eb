package dune.cli;

import dune.cli.LoweringOptions.Lowered;
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
import dune.weights.AtomicFile;
import dune.weights.InputFailure;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
    name = "opt",
    description = {
      "Runs passes on a model or on a .ir file, as `dunec ir` prints it, and prints what they make"
          + " of it.",
      "What each pass gives is verified. A pass that fails leaves what it was given in a file"
          + " NAME.PASS.reproducer.ir."
    })
final class OptCommand implements Callable<Integer> {
  private final Console console;
  private final Reports reports;

  @Spec private picocli.CommandLine.Model.CommandSpec spec;

  @Mixin private LoweringOptions lowering;

  @Option(
      names = "--passes",
      paramLabel = "PASS",
      split = ",",
      completionCandidates = PassNames.class,
      description =
          "Which passes to run, in this order: ${COMPLETION-CANDIDATES}. Default:"
              + " those of -O.")
  private List<String> passes = List.of();

  @Option(
      names = "--print-after",
      paramLabel = "PASS",
      arity = "0..1",
      fallbackValue = "",
      preprocessor = AttachedValue.class,
      description = "Print what this pass gave as well; without a name, what each pass gave.")
  private Optional<String> printed = Optional.empty();

  @Option(names = "--time-passes", description = "Say how long each pass took.")
  private boolean timed;

  @Option(
      names = "--verify-each",
      description =
          "Say after each pass that what it gave is verified, and how many operations it has.")
  private boolean verified;

  @Mixin private RemarksOption remarking;

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
    if (!passes.isEmpty() && lowering.model.level.isPresent()) {
      throw new ParameterException(
          spec.commandLine(), "-O names passes as --passes does; give one of them");
    }
    passes.forEach(name -> PassNames.require(name, spec.commandLine()));
    printed
        .filter(name -> !name.isEmpty())
        .ifPresent(name -> PassNames.require(name, spec.commandLine()));
    Optional<Lowered> given = given();
    if (given.isEmpty()) return ExitStatus.MISTAKES.code();
    StepOptions steps = lowering.steps(given.get());
    List<Pass> chosen =
        passes.isEmpty()
            ? Pipelines.of(lowering.model.level(), steps)
            : Pipelines.named(passes, steps);
    Pipelines.misfit(given.get().program(), chosen)
        .ifPresent(
            why -> {
              throw new InputFailure(why);
            });
    var remarks = new Remarks();
    var timings = new Timings();
    var snapshots =
        new Snapshots(
            name -> printed.isPresent() && (printed.get().isEmpty() || printed.get().equals(name)),
            (name, made) -> console.out().print("// after " + name + "\n" + Printer.print(made)));
    Observer verifying = verified ? verifying() : Observer.NONE;
    Observer all = Observer.all(List.of(verifying, remarks, timings, snapshots));
    Program result = new PassManager(chosen, all).run(given.get().program());
    remarking.show(remarks.all(), console);
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

  private Optional<Lowered> given() {
    Optional<Path> file = lowering.model.model.filter(IrFile::isIr);
    if (file.isEmpty()) return lowering.lower(reports);
    lowering.requireNoSizes(file.get());
    return file.map(path -> new Lowered(IrFile.read(path), Optional.empty()));
  }

  /// Speaks at once, so that the last line tells how far all was well if a pass fails.
  private Observer verifying() {
    return new Observer() {
      @Override
      public void ended(Pass pass, Program made, Duration time) {
        int operations = made.functions().stream().mapToInt(one -> one.nodes().size()).sum();
        console
            .err()
            .println("verified after %s: %d operations".formatted(pass.name(), operations));
      }
    };
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
}
