package dune.cli;

import dune.frontend.diagnostic.Diagnostics;
import dune.ir.Elem;
import dune.runtime.initial.RandomCheckpoint;
import dune.runtime.library.ModelFile;
import dune.weights.Amount;
import dune.weights.AtomicFolder;
import dune.weights.UsageFailure;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "init",
    description = {
      "Writes a checkpoint of a model with random weights, in its real shape.",
      "The folder has config.json and safetensors files, as a downloaded one would."
    })
final class InitCommand implements Callable<Integer> {
  private final Console console;
  private final Reports reports;

  @Spec private picocli.CommandLine.Model.CommandSpec spec;

  @Parameters(
      arity = "0..1",
      paramLabel = "MODEL",
      description =
          "A .dune file, or the name of one that comes with dune (llama). Without it, the"
              + " architecture that --config names.")
  private Optional<Path> model = Optional.empty();

  @Mixin private SizeOptions sizes;

  @Option(
      names = "--random",
      required = true,
      description = "Draw the weights as the model's initializers say.")
  private boolean random;

  @Option(
      names = {"-s", "--seed"},
      paramLabel = "S",
      defaultValue = "0",
      description = "The same seed gives the same bytes. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      converter = Converters.ElemConverter.class,
      description = "Write f32, bf16, f16 or f64. Default: what the config says, else f32.")
  private Optional<Elem> dtype = Optional.empty();

  @Mixin private ShardOption shards;

  @Option(
      names = {"-t", "--threads"},
      paramLabel = "N",
      description =
          "Threads that draw numbers; the bytes do not depend on them. Default: one per core.")
  private Optional<Integer> threads = Optional.empty();

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "DIR",
      description = "The folder to write; it must be absent or empty.")
  private Path out = Path.of("");

  InitCommand(Console console) {
    this.console = console;
    this.reports = new Reports(console);
  }

  @Override
  public Integer call() {
    long begin = System.nanoTime();
    int workers = threads.orElse(Runtime.getRuntime().availableProcessors());
    if (workers < 1) throw new UsageFailure("--threads must be 1 or more");
    if (model.isEmpty() && !sizes.hasConfig()) {
      throw new ParameterException(spec.commandLine(), "a model file is missing, or --config");
    }
    AtomicFolder.requireFree(out);
    var diagnostics = new Diagnostics();
    Optional<ModelFile> file =
        model.map(path -> ModelFile.read(path, diagnostics)).orElseGet(sizes::file);
    reports.show(diagnostics);
    if (file.isEmpty()) return ExitStatus.MISTAKES.code();
    var request = new RandomCheckpoint.Request(file.get(), sizes.config(), sizes.values(), dtype);
    return switch (RandomCheckpoint.plan(request)) {
      case RandomCheckpoint.Plan.Refused(var mistakes) -> {
        reports.show(mistakes);
        yield ExitStatus.MISTAKES.code();
      }
      case RandomCheckpoint.Plan.Ready(var checkpoint, var warnings) -> {
        reports.show(warnings);
        write(checkpoint, workers, begin);
        yield ExitStatus.OK.code();
      }
    };
  }

  private void write(RandomCheckpoint checkpoint, int workers, long begin) {
    var progress = new Progress(console, "writing random weights", checkpoint.bytes());
    checkpoint.write(out, seed, shards.size, workers, progress::reached);
    progress.end();
    double seconds = (System.nanoTime() - begin) * 1e-9;
    console.say(
        String.format(
            Locale.ROOT,
            "wrote %s: %d tensors, %s in %.1f s%s",
            out,
            checkpoint.tensors().size(),
            Amount.ofBytes(checkpoint.bytes()),
            seconds,
            checkpoint.hasTokenizer() ? "" : "; its vocabulary is too small for a tokenizer"));
  }
}
