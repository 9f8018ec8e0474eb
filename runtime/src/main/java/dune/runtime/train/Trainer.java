package dune.runtime.train;

import dune.backend.torch.run.Learner.Batch;
import dune.weights.InputFailure;
import java.util.ArrayList;
import java.util.List;

/// Trains. Everything that chance decides in a step follows from the seed and the number of the
/// step, so that who goes on later gets the same as who never stopped.
public final class Trainer {
  /// Hears how training goes.
  public interface Listener {
    /// Comes before {@link #stepped}.
    ///
    /// @param tokens how many the step takes in, what fills rows up as well
    default void took(long tokens) {}

    /// @param step counted from 0
    void stepped(int step, double rate, Trainee.Progress progress);

    /// @param steps made so far
    /// @param loss in nats for each token, over all that is measured by
    void evaluated(int steps, double loss);
  }

  private final Trainee trainee;
  private final Corpus corpus;
  private final TrainingPlan plan;
  private final List<Batch> windows;

  public Trainer(Trainee trainee, Corpus corpus, TrainingPlan plan) {
    this.trainee = trainee;
    this.corpus = corpus;
    this.plan = plan;
    this.windows = corpus.windows(plan.rows());
  }

  /// Makes the steps that are left.
  ///
  /// @param made how many are made already
  /// @throws InputFailure if the loss is no number any more
  public void run(int made, Listener listener) {
    if (made == 0) listener.evaluated(0, evaluate());
    for (int step = made; step < plan.steps(); step++) {
      trainee.seed(plan.seed() + step);
      double rate = plan.schedule().rate(step);
      List<Batch> batches = batches(step);
      Trainee.Progress progress = trainee.step(batches, plan.optimizer(), rate, plan.clip());
      if (!Double.isFinite(progress.loss()) || !Double.isFinite(progress.norm())) {
        throw new InputFailure(
            "the loss is %s at step %d, and nothing more can be learned; take a smaller --lr, or a longer --warmup"
                .formatted(progress.loss(), step));
      }
      listener.took(batches.stream().mapToLong(batch -> batch.tokens().length).sum());
      listener.stepped(step, rate, progress);
      int steps = step + 1;
      if (steps % plan.pause() == 0 || steps == plan.steps()) {
        listener.evaluated(steps, evaluate());
      }
    }
  }

  private List<Batch> batches(int step) {
    var batches = new ArrayList<Batch>();
    for (int i = 0; i < plan.batches(); i++) {
      batches.add(corpus.draw(plan.rows(), plan.seed(), (long) step * plan.batches() + i));
    }
    return batches;
  }

  /// The loss over all that is measured by, every target that counts alike.
  ///
  /// @throws InputFailure if none counts
  public double evaluate() {
    double sum = 0;
    long counted = 0;
    for (Batch window : windows) {
      sum += trainee.loss(window) * window.counted();
      counted += window.counted();
    }
    if (counted == 0) throw new InputFailure("no token counts in what the loss is measured by");
    return sum / counted;
  }
}
