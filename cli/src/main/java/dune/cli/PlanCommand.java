package dune.cli;

import dune.cli.LoweringOptions.Lowered;
import dune.ir.Program;
import dune.passes.Compiler;
import dune.passes.pass.Observer;
import dune.passes.plan.Budget;
import dune.passes.plan.Footprint;
import dune.passes.plan.Footprint.Demand;
import dune.passes.time.StepOptions;
import dune.runtime.compile.ModelCompiler;
import dune.runtime.plan.ArenaPicture;
import dune.runtime.plan.PlanReport;
import dune.weights.AtomicFile;
import dune.weights.UsageFailure;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "plan",
    description = {
      "Plans the memory of a model: weights, cache, and one arena for what a call computes.",
      "Sizes are those of --weights or --config, else the defaults of the file."
    })
final class PlanCommand implements Callable<Integer> {
  private final Console console;
  private final Reports reports;

  @Mixin private LoweringOptions lowering;

  @Option(
      names = {"-b", "--batch"},
      paramLabel = "N",
      defaultValue = "1",
      description = "Rows side by side. Default: ${DEFAULT-VALUE}.")
  private int rows;

  @Option(
      names = "--budget",
      paramLabel = "SIZE",
      converter = Converters.SizeConverter.class,
      description = "Also say how long a context, and how many rows, fit into this; 16GB, 500MB.")
  private Optional<Long> budget = Optional.empty();

  @Option(
      names = "--allocations",
      description = "List what a step of writing needs beside weights and cache, line by line.")
  private boolean allocations;

  @Option(
      names = "--svg",
      paramLabel = "FILE",
      description = "Draw what lies where in the arena, and how long, while a prompt is read.")
  private Optional<Path> picture = Optional.empty();

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      defaultValue = "text",
      description = "${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
  private Format format;

  enum Format {
    text,
    json
  }

  PlanCommand(Console console) {
    this.console = console;
    this.reports = new Reports(console);
  }

  @Override
  public Integer call() {
    if (rows < 1) throw new UsageFailure("--batch must be 1 or more");
    Optional<Lowered> lowered = lowering.lower(reports);
    if (lowered.isEmpty()) return ExitStatus.MISTAKES.code();
    StepOptions steps = lowering.steps(lowered.get());
    Function<StepOptions, Program> compiler =
        options ->
            Compiler.compile(
                    lowered.get().program(), lowering.model.level(), options, Observer.NONE)
                .program();
    var footprint = new Footprint(compiler.apply(steps));
    var demand = new Demand(rows, steps.capacity(), steps.chunk());
    long longest = ModelCompiler.longest(lowered.get().program()).orElse(Budget.ANY);
    Optional<PlanReport.Fit> fit =
        budget.map(bytes -> PlanReport.Fit.of(new Budget(compiler, bytes, longest), bytes, demand));
    var report = PlanReport.of(footprint, demand, fit);
    picture.ifPresent(
        file ->
            AtomicFile.write(
                file,
                ArenaPicture.svg(footprint.program().name(), report.reading())
                    .getBytes(StandardCharsets.UTF_8)));
    console
        .out()
        .print(
            switch (format) {
              case text -> report.text(allocations);
              case json -> report.json(allocations);
            });
    return report.fits() ? ExitStatus.OK.code() : ExitStatus.MISTAKES.code();
  }
}
