package dune.cli;

import dune.ir.Elem;
import dune.weights.Amount;
import dune.weights.AtomicFolder;
import dune.weights.checkpoint.Checkpoint;
import dune.weights.convert.Conversion;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "convert",
    description = {
      "Writes a checkpoint as a folder of safetensors, with its settings.",
      "Reads safetensors, PyTorch's .bin, .pth and .pt, and Meta's and Mistral's own layout;"
          + " nothing in them is executed. What was written is read back and compared."
    })
final class ConvertCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(
      index = "0",
      paramLabel = "IN",
      description = "A folder of weights, one file of them, or an index of files.")
  private Path in = Path.of("");

  @Parameters(
      index = "1",
      paramLabel = "OUT",
      description = "The folder to write; it must be absent or empty.")
  private Path out = Path.of("");

  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      converter = Converters.ElemConverter.class,
      description = "Round floats to f32, bf16, f16 or f64. Default: leave them as they are.")
  private Optional<Elem> dtype = Optional.empty();

  @Mixin private ShardOption shards;

  ConvertCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    long begin = System.nanoTime();
    AtomicFolder.requireFree(out);
    Checkpoint checkpoint = Checkpoint.open(in);
    var progress = new Progress(console, "converting", Conversion.work(checkpoint, dtype));
    Conversion.Result result =
        Conversion.run(checkpoint, out, dtype, shards.size, progress::reached);
    progress.end();
    if (result.overflows() > 0) {
      console.say(
          "%d numbers are too large for %s and became infinite; bf16 or f32 would hold them"
              .formatted(result.overflows(), dtype.orElseThrow()));
    }
    console.say(
        String.format(
            Locale.ROOT,
            "converted %s to %s: %d tensor%s%s, %,d numbers, %s in %d file%s, read back and"
                + " compared, in %.1f s%s",
            in,
            out,
            result.tensors(),
            result.tensors() == 1 ? "" : "s",
            dtype.map(elem -> " in " + elem).orElse(""),
            result.numbers(),
            Amount.ofBytes(result.bytes()),
            result.files(),
            result.files() == 1 ? "" : "s",
            (System.nanoTime() - begin) * 1e-9,
            checkpoint.hasConfig() ? "" : "; no config.json lay beside it, which `run` needs"));
    return ExitStatus.OK.code();
  }
}
