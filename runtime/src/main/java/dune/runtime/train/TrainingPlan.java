package dune.runtime.train;

import dune.backend.torch.run.AdamW;
import dune.passes.train.LossOptions;

/// How long to train, on how much at once, and how often to look at what came of it.
///
/// @param rows of a batch
/// @param batches whose gradients make one step
/// @param clip the longest that all gradients may be together
/// @param pause steps from one evaluation to the next
/// @param seed of which sequences are drawn, and of what the model draws
/// @param loss what is made of the loss
public record TrainingPlan(
    Schedule schedule,
    AdamW optimizer,
    int rows,
    int batches,
    double clip,
    int pause,
    long seed,
    LossOptions loss) {
  public TrainingPlan {
    if (rows < 1 || batches < 1 || pause < 1 || !(clip > 0)) {
      throw new IllegalArgumentException("nothing can be learned so");
    }
    // A plan that was written down before there was a choice.
    if (loss == null) loss = LossOptions.PLAIN;
  }

  /// With the plain loss.
  public TrainingPlan(
      Schedule schedule,
      AdamW optimizer,
      int rows,
      int batches,
      double clip,
      int pause,
      long seed) {
    this(schedule, optimizer, rows, batches, clip, pause, seed, LossOptions.PLAIN);
  }

  public TrainingPlan with(LossOptions other) {
    return new TrainingPlan(schedule, optimizer, rows, batches, clip, pause, seed, other);
  }

  public int steps() {
    return schedule.total();
  }
}
