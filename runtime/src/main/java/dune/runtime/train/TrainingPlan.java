package dune.runtime.train;

import dune.backend.torch.run.AdamW;

/// How long to train, on how much at once, and how often to look at what came of it.
///
/// @param rows of a batch
/// @param batches whose gradients make one step
/// @param clip the longest that all gradients may be together
/// @param pause steps from one evaluation to the next
/// @param seed of which sequences are drawn, and of what the model draws
public record TrainingPlan(
    Schedule schedule, AdamW optimizer, int rows, int batches, double clip, int pause, long seed) {
  public TrainingPlan {
    if (rows < 1 || batches < 1 || pause < 1 || !(clip > 0)) {
      throw new IllegalArgumentException("nothing can be learned so");
    }
  }

  public int steps() {
    return schedule.total();
  }
}
