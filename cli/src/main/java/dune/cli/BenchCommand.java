package dune.cli;

import dune.backend.torch.TorchBackend;
import dune.runtime.bench.Bench;
import dune.runtime.bench.BenchReport;
import dune.runtime.bench.Plan;
import dune.runtime.bench.ReadBandwidth;
import dune.runtime.bench.ResidentMemory;
import dune.runtime.bench.Timing;
import dune.runtime.model.Loadable;
import dune.runtime.model.TorchModel;
import dune.weights.UsageFailure;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "bench",
    description = {
      "Times a model: reading a prompt (pp) and writing a text (tg), in tokens per second.",
      "Each test runs once before it counts."
    })
final class BenchCommand implements Callable<Integer> {
  private final Console console;
  private final Reports reports;

  @Mixin private ModelOptions model;
  @Mixin private ModelOptions.Machine machine;

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
      defaultValue = "md",
      description = "md, csv or json. Default: ${DEFAULT-VALUE}.")
  private BenchReport.Format format = BenchReport.Format.MD;

  BenchCommand(Console console) {
    this.console = console;
    this.reports = new Reports(console);
  }

  @Override
  public Integer call() {
    Plan plan = plan();
    long begin = System.nanoTime();
    Optional<Loadable> found = model.loadable(reports);
    if (found.isEmpty()) return ExitStatus.MISTAKES.code();
    Loadable loadable = found.get();
    double compile = (System.nanoTime() - begin) * 1e-9;
    requireRoom(plan, loadable.limits().context());
    machine.apply();
    long loading = System.nanoTime();
    List<Timing> timings;
    double load;
    String device;
    try (TorchModel ready = loadable.load(machine.device, TorchModel.Mode.CACHED)) {
      load = (System.nanoTime() - loading) * 1e-9;
      device = ready.device().toString();
      timings = new Bench(ready, loadable.limits().vocabulary()).run(plan, this::show);
    }
    // What comes now takes memory of its own.
    OptionalLong peak = ResidentMemory.peak();
    double bandwidth = ReadBandwidth.measure(machine.device);
    var setting =
        new BenchReport.Setting(
            loadable.facts(), device, TorchBackend.torch().threads(), bandwidth, compile, load);
    console.out().print(new BenchReport(setting, timings, peak).text(format));
    return ExitStatus.OK.code();
  }

  private void show(Timing timing) {
    console.say(String.format(Locale.ROOT, "%s: %.2f tokens/s", timing.name(), timing.speed()));
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

  private static void requireRoom(Plan plan, int context) {
    if (plan.longest() > context) {
      throw new UsageFailure(
          "%d tokens do not fit into a context of %d; --ctx-size makes it larger"
              .formatted(plan.longest(), context));
    }
  }
}
