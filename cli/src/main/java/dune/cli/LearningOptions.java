package dune.cli;

import dune.backend.torch.run.AdamW;
import dune.ir.Elem;
import dune.passes.train.Activations;
import dune.passes.train.LossOptions;
import dune.runtime.train.Schedule;
import dune.runtime.train.TrainingPlan;
import dune.weights.UsageFailure;
import java.util.Optional;
import picocli.CommandLine.Option;

/// How a model is trained.
final class LearningOptions {
  @Option(
      names = {"-c", "--ctx", "--ctx-size"},
      paramLabel = "N",
      defaultValue = "256",
      description = "Tokens of a sequence. Default: ${DEFAULT-VALUE}.")
  int context;

  @Option(
      names = {"-b", "--batch"},
      paramLabel = "N",
      defaultValue = "16",
      description = "Sequences at once. Default: ${DEFAULT-VALUE}.")
  int batch;

  @Option(
      names = "--accumulate",
      paramLabel = "N",
      defaultValue = "1",
      description = "Batches whose gradients make one step. Default: ${DEFAULT-VALUE}.")
  int batches;

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "2000",
      description = "How many steps. Default: ${DEFAULT-VALUE}.")
  int steps;

  @Option(
      names = "--lr",
      paramLabel = "RATE",
      description = "The highest learning rate. Default: 1e-3, and 2e-4 for adapters.")
  Optional<Double> rate = Optional.empty();

  @Option(
      names = "--min-lr",
      paramLabel = "RATE",
      description = "The learning rate at the end. Default: a tenth of --lr.")
  Optional<Double> floor = Optional.empty();

  @Option(
      names = "--warmup",
      paramLabel = "N",
      description = "Steps until --lr is reached. Default: a twentieth of --steps.")
  Optional<Integer> warmup = Optional.empty();

  @Option(
      names = "--beta1",
      paramLabel = "X",
      defaultValue = "0.9",
      description = "What AdamW keeps of the mean gradient in a step. Default: ${DEFAULT-VALUE}.")
  double beta1;

  @Option(
      names = "--beta2",
      paramLabel = "X",
      defaultValue = "0.99",
      description = "What AdamW keeps of the mean square in a step. Default: ${DEFAULT-VALUE}.")
  double beta2;

  @Option(
      names = "--weight-decay",
      paramLabel = "X",
      defaultValue = "0.1",
      description = "How matrices shrink, times the learning rate. Default: ${DEFAULT-VALUE}.")
  double decay;

  @Option(
      names = "--clip",
      paramLabel = "X",
      defaultValue = "1",
      description = "The longest that all gradients may be together. Default: ${DEFAULT-VALUE}.")
  double clip;

  @Option(
      names = "--z-loss",
      paramLabel = "X",
      defaultValue = "0",
      description =
          "Add X times the square of log(sum(exp(logits))) to the loss, which keeps logits small;"
              + " 1e-4 is usual. Losses are told without it. Default: ${DEFAULT-VALUE}.")
  double z;

  @Option(
      names = "--recompute",
      arity = "0..1",
      description =
          "Compute each layer again on the way back instead of keeping what it computed: less"
              + " memory, more time, the same weights.")
  boolean recompute;

  @Option(
      names = "--eval-every",
      paramLabel = "N",
      defaultValue = "200",
      description = "Steps between evaluations, each with a checkpoint. Default: ${DEFAULT-VALUE}.")
  int pause;

  @Option(
      names = {"-s", "--seed"},
      paramLabel = "S",
      defaultValue = "1337",
      description =
          "The same seed and number of threads give the same weights. Default:"
              + " ${DEFAULT-VALUE}.")
  long seed;

  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      defaultValue = "f32",
      converter = Converters.ElemConverter.class,
      description =
          "Compute in f32 or bf16; the optimizer computes in f32. Default: ${DEFAULT-VALUE}.")
  Elem elem = Elem.F32;

  /// @param usual the highest learning rate if nobody says
  TrainingPlan plan(double usual) {
    double rate = this.rate.orElse(usual);
    require(batch >= 1, "--batch must be 1 or more");
    require(context >= 1, "--ctx-size must be 1 or more");
    require(batches >= 1, "--accumulate must be 1 or more");
    require(steps >= 1, "--steps must be 1 or more");
    require(pause >= 1, "--eval-every must be 1 or more");
    require(rate > 0, "--lr must be above 0");
    double least = floor.orElse(rate / 10);
    require(least >= 0 && least <= rate, "--min-lr must be between 0 and --lr");
    int before = warmup.orElse(steps / 20);
    require(before >= 0 && before <= steps, "--warmup must be between 0 and --steps");
    require(clip > 0, "--clip must be above 0");
    require(decay >= 0, "--weight-decay must be 0 or more");
    require(z >= 0 && z < Double.POSITIVE_INFINITY, "--z-loss must be 0 or more");
    require(beta1 >= 0 && beta1 < 1, "--beta1 must be from 0 to 1");
    require(beta2 >= 0 && beta2 < 1, "--beta2 must be from 0 to 1");
    require(elem == Elem.F32 || elem == Elem.BF16, "--dtype must be f32 or bf16 to train");
    return new TrainingPlan(
        new Schedule(rate, least, before, steps),
        new AdamW(beta1, beta2, 1e-8, decay),
        batch,
        batches,
        clip,
        pause,
        seed,
        LossOptions.PLAIN.withZ(z).with(recompute ? Activations.RECOMPUTED : Activations.KEPT));
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) throw new UsageFailure(otherwise);
  }
}
