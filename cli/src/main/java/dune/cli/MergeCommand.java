package dune.cli;

import dune.frontend.elaborate.Elaborated;
import dune.ir.Elem;
import dune.runtime.adapter.Adaptation;
import dune.runtime.adapter.Merge;
import dune.runtime.compile.CompileOptions;
import dune.runtime.compile.ModelCompiler;
import dune.runtime.library.ModelFile;
import dune.weights.Amount;
import dune.weights.AtomicFolder;
import dune.weights.UsageFailure;
import dune.weights.checkpoint.Checkpoint;
import dune.weights.convert.Conversion;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "merge",
    description = {
      "Makes low-rank adapters part of a checkpoint, which then needs them no more.",
      "With --undo, takes out again what was merged into it: up to rounding, that is the base. What"
          + " was written is read back and compared."
    })
final class MergeCommand implements Callable<Integer> {
  private final Console console;
  private final Reports reports;

  @Mixin private AdapterOption adapters;

  @Parameters(
      index = "0",
      paramLabel = "BASE",
      description = "A folder of weights with config.json.")
  private Path base = Path.of("");

  @Parameters(
      index = "1",
      paramLabel = "OUT",
      description = "The folder to write; it must be absent or empty.")
  private Path out = Path.of("");

  @Option(names = "--undo", description = "Take the adapters out of BASE.")
  private boolean undo;

  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      converter = Converters.ElemConverter.class,
      description =
          "Round floats to f32, bf16, f16 or f64. Default: to what each tensor of BASE is.")
  private Optional<Elem> dtype = Optional.empty();

  @Mixin private ShardOption shards;

  MergeCommand(Console console) {
    this.console = console;
    this.reports = new Reports(console);
  }

  @Override
  public Integer call() {
    long begin = System.nanoTime();
    AtomicFolder.requireFree(out);
    List<Adaptation.Choice> choices = adapters.choices();
    if (choices.isEmpty()) {
      throw new UsageFailure("--adapter is missing: name the folder of an adapter");
    }
    Checkpoint checkpoint = Checkpoint.open(base);
    ModelFile model = ModelFile.forArchitecture(checkpoint.architecture(), base);
    Elaborated written = ModelCompiler.elaborate(model, checkpoint, CompileOptions.DEFAULTS);
    reports.show(written.diagnostics());
    if (written.program().isEmpty()) return ExitStatus.MISTAKES.code();
    Map<String, Conversion.Edit> edits =
        Merge.edits(
            written.program().get(),
            ModelCompiler.clause(model, written),
            checkpoint,
            choices,
            undo ? Merge.Direction.OUT : Merge.Direction.IN);
    String doing = undo ? "unmerging" : "merging";
    var progress = new Progress(console, doing, Conversion.work(checkpoint, dtype));
    Conversion.Result result =
        Conversion.run(checkpoint, out, dtype, edits, shards.size, progress::reached);
    progress.end();
    if (result.overflows() > 0) {
      console.say(
          "%d numbers became infinite; --dtype bf16 or f32 would hold them"
              .formatted(result.overflows()));
    }
    console.say(
        String.format(
            Locale.ROOT,
            undo
                ? "took %d adapter%s out of %d of %d tensors, into %s: %s, read back and compared,"
                    + " in %.1f s"
                : "merged %d adapter%s into %d of %d tensors, into %s: %s, read back and compared,"
                    + " in %.1f s",
            choices.size(),
            choices.size() == 1 ? "" : "s",
            edits.size(),
            result.tensors(),
            out,
            Amount.ofBytes(result.bytes()),
            (System.nanoTime() - begin) * 1e-9));
    return ExitStatus.OK.code();
  }
}
