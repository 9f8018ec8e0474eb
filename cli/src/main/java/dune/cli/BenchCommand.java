package dune.cli;

import dune.backend.torch.TorchBackend;
import dune.passes.Optimization;
import dune.runtime.bench.Bench;
import dune.runtime.bench.BenchPlot;
import dune.runtime.bench.BenchReport;
import dune.runtime.bench.Contenders;
import dune.runtime.bench.Plan;
import dune.runtime.bench.ReadBandwidth;
import dune.runtime.bench.Row;
import dune.runtime.model.TorchModel;
import dune.runtime.plot.PlotFile;
import dune.weights.AtomicFile;
import dune.weights.UsageFailure;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "bench",
    description = {
      "Times a model: reading a prompt (pp) and writing a text (tg), in tokens per second.",
      "MODEL may be a folder of weights as well. A .dune file without --weights is timed with"
          + " random ones, in memory. Each test runs once before it counts."
    })
final class BenchCommand implements Callable<Integer> {
  private final Console console;
  private final Reports reports;

  @Mixin private BenchModel model;

  @Option(
      names = {"-p", "--prompt-tokens"},
      paramLabel = "N",
      split = ",",
      defaultValue = "512",
      description = "Lengths of prompts; 0 for none. Default: ${DEFAULT-VALUE}.")
  private List<Integer> prompts = List.of();

  @Option(
      names = {"-n", "--text-tokens"},
      paramLabel = "N",
      split = ",",
      defaultValue = "64",
      description = "Lengths of texts; 0 for none. Default: ${DEFAULT-VALUE}.")
  private List<Integer> texts = List.of();

  @Option(
      names = {"-r", "--repetitions"},
      paramLabel = "R",
      defaultValue = "5",
      description = "How often each test counts. Default: ${DEFAULT-VALUE}.")
  private int repetitions;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description =
          "md for a table, csv for a line per test, json for everything, each repetition included."
              + " Default: what the ending of the file says, else md.")
  private Optional<BenchReport.Format> format = Optional.empty();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE|FORMAT",
      description =
          "Write the results into this file; md, csv and json are formats, and go to standard"
              + " output. Default: standard output.")
  private Optional<String> output = Optional.empty();

  @Option(
      names = "--levels",
      description =
          "Compare -O0, -O1 and -O2: all are loaded, and take turns in every repetition, so that a"
              + " machine that slows down slows down all of them.")
  private boolean levels;

  @Option(
      names = "--plot",
      paramLabel = "FILE",
      description = "Draw the results as bars, with their deviations, as .svg or .png.")
  private Optional<Path> plot = Optional.empty();

  @Mixin private BenchDetails details;

  BenchCommand(Console console) {
    this.console = console;
    this.reports = new Reports(console);
  }

  @Override
  public Integer call() {
    Plan plan = plan();
    requireForms();
    List<Optimization> wanted = levels ? List.of(Optimization.values()) : List.of();
    Optional<Contenders> found = model.load(plan, wanted, reports);
    if (found.isEmpty()) return ExitStatus.MISTAKES.code();
    List<Row> rows;
    String device;
    String more;
    try (Contenders contenders = found.get()) {
      TorchModel.Limits limits = contenders.any().limits();
      device = contenders.any().device().toString();
      rows = new Bench(contenders.subjects(), limits.vocabulary()).run(plan, this::show);
      more = details.text(contenders, model, plan);
    }
    var machine =
        new BenchReport.Machine(
            device, TorchBackend.torch().threads(), ReadBandwidth.measure(model.machine().device));
    var report = new BenchReport(machine, rows);
    write(report.text(form()));
    console.out().print(more);
    plot.ifPresent(file -> PlotFile.write(file, BenchPlot.of(report)));
    return ExitStatus.OK.code();
  }

  private void write(String text) {
    if (file().isPresent()) write(file().get(), text);
    else console.out().print(text);
  }

  /// The file that the results go to.
  private Optional<Path> file() {
    return output.filter(name -> format(name).isEmpty()).map(Path::of);
  }

  private BenchReport.Format form() {
    return format
        .or(() -> output.flatMap(name -> format(name.substring(name.lastIndexOf('.') + 1))))
        .orElse(BenchReport.Format.MD);
  }

  private static Optional<BenchReport.Format> format(String name) {
    return Stream.of(BenchReport.Format.values())
        .filter(each -> each.name().equalsIgnoreCase(name))
        .findFirst();
  }

  private static void write(Path file, String text) {
    AtomicFile.write(file, text.getBytes(StandardCharsets.UTF_8));
  }

  private void requireForms() {
    plot.ifPresent(PlotFile::requireForm);
    Optional<BenchReport.Format> named = output.flatMap(BenchCommand::format);
    if (named.isPresent() && format.isPresent() && !named.equals(format)) {
      throw new UsageFailure("-o and --format name two formats; leave one of them out");
    }
    if (details.isWanted() && form() != BenchReport.Format.MD && file().isEmpty()) {
      throw new UsageFailure(
          "--profile and --allocations are text for people; write the results to a file with -o");
    }
    if (details.isWanted() && model.isBundle()) {
      throw new UsageFailure(
          "a bundle does not hold its source; for --profile and --allocations, name the .dune"
              + " file");
    }
    if (levels && model.isBundle()) {
      throw new UsageFailure("a bundle is compiled already; for --levels, name the .dune file");
    }
    if (levels && model.hasLevel()) {
      throw new UsageFailure("--levels compares all levels; leave -O out");
    }
  }

  private void show(Row row) {
    String level = row.candidate().levelText();
    console.say(
        String.format(
            Locale.ROOT,
            "%s%s: %.2f tokens/s",
            row.timing().name(),
            level.isEmpty() ? "" : " " + level,
            row.timing().speed()));
  }

  private Plan plan() {
    if (repetitions < 1) throw new UsageFailure("--repetitions must be 1 or more");
    var plan = new Plan(lengths("-p", prompts), lengths("-n", texts), repetitions);
    if (plan.longest() == 0) {
      throw new UsageFailure("there is nothing to time: both -p and -n are 0");
    }
    return plan;
  }

  private static List<Integer> lengths(String option, List<Integer> lengths) {
    for (int length : lengths) {
      if (length < 0) throw new UsageFailure(option + " must be 0 or more, not " + length);
    }
    return lengths.stream().filter(length -> length > 0).toList();
  }
}
