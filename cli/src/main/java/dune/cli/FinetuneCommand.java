package dune.cli;

import dune.runtime.adapter.LoraRequest;
import dune.weights.UsageFailure;
import java.nio.file.Files;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "finetune",
    description = {
      "Trains a model further that is there: low-rank adapters for it with --lora, or all of it.",
      "With --lora, the base stays as it is; `last` and `best` in the folder of the run are"
          + " adapters in PEFT's layout, which `run --adapter` and `merge` take. What was"
          + " interrupted goes on with --resume, to the same numbers."
    })
final class FinetuneCommand extends TrainCommand {
  @Option(
      names = "--lora",
      paramLabel = "KEY=VALUE,...",
      arity = "0..1",
      fallbackValue = "",
      description = {
        "Train adapters: rank=8, alpha (default: twice the rank), on=SELECTOR, dropout=0,"
            + " scaling=plain or rslora, dora=false.",
        "A selector names products by what they are for, joined by +: attention.q, attention.k,"
            + " attention.v, attention.o, mlp.gate, mlp.up, mlp.down, every linear, writers of the"
            + " residual, each perhaps for some layers (layers 4..8: mlp.down). Default:"
            + " attention.q + attention.v."
      })
  private Optional<String> lora = Optional.empty();

  FinetuneCommand(Console console) {
    super(console);
  }

  @Override
  Optional<LoraRequest> lora() {
    if (what.weights.isEmpty()) {
      throw new UsageFailure(
          "--weights is missing: name the folder of the model to train further; `train` begins"
              + " anew");
    }
    return lora.map(LoraRequest::parse);
  }

  @Override
  String model() {
    return what.model.map(path -> Files.exists(path) ? absolute(path) : path.toString()).orElse("");
  }

  @Override
  void requireOwnModel() {
    if (!what.values.isEmpty()) {
      throw new UsageFailure("--weights brings its sizes along; leave out --set");
    }
  }
}
