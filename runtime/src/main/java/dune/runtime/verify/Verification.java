package dune.runtime.verify;

import dune.runtime.generate.LanguageModel;
import dune.runtime.model.TorchModel;
import dune.runtime.sample.Sampler;
import dune.runtime.sample.SamplingSettings;
import dune.runtime.verify.Findings.Place;
import dune.weights.InputFailure;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Holds a model against a reference.
public final class Verification {
  private final Golden golden;
  private final double tolerance;

  /// @param tolerance relative to the largest logit of the reference
  public Verification(Golden golden, double tolerance) {
    this.golden = golden;
    this.tolerance = tolerance;
  }

  /// @param models the same model in the ways in which its continuation is to be compared; the
  ///   first is scored
  public Findings run(List<TorchModel> models) {
    float[] ours = models.getFirst().score(golden.tokens(), golden.rows(), golden.steps());
    float[] theirs = golden.logits();
    if (ours.length != theirs.length) {
      int count = golden.rows() * golden.steps();
      throw new InputFailure(
          "the model has a vocabulary of %d, the reference one of %d"
              .formatted(ours.length / count, theirs.length / count));
    }
    double greatest = 0;
    for (float value : theirs) greatest = Math.max(greatest, Math.abs(value));
    int vocabulary = theirs.length / (golden.rows() * golden.steps());
    int worst = 0;
    int first = -1;
    for (int i = 0; i < theirs.length; i++) {
      double difference = difference(ours[i], theirs[i]);
      if (difference > difference(ours[worst], theirs[worst])) worst = i;
      if (first < 0 && difference > tolerance * greatest) first = i;
    }
    var continuations = new ArrayList<Findings.Continuation>();
    if (golden.continuation().isPresent()) {
      for (TorchModel model : models)
        continuations.add(compare(model, golden.continuation().get()));
    }
    return new Findings(
        greatest,
        difference(ours[worst], theirs[worst]),
        place(worst, vocabulary, ours, theirs),
        first < 0 ? Optional.empty() : Optional.of(place(first, vocabulary, ours, theirs)),
        tolerance,
        continuations);
  }

  /// A number that is none differs from everything.
  private static double difference(float ours, float theirs) {
    double difference = Math.abs((double) ours - theirs);
    return Double.isNaN(difference) ? Double.POSITIVE_INFINITY : difference;
  }

  private Place place(int index, int vocabulary, float[] ours, float[] theirs) {
    int position = index / vocabulary;
    return new Place(
        position / golden.steps(),
        position % golden.steps(),
        index % vocabulary,
        ours[index],
        theirs[index]);
  }

  private static Findings.Continuation compare(TorchModel model, Golden.Continuation wanted) {
    var sampler = new Sampler(SamplingSettings.GREEDY);
    LanguageModel.Sequence sequence = model.begin();
    int[] next = wanted.prompt();
    Optional<Integer> diverging = Optional.empty();
    for (int i = 0; i < wanted.greedy().length && diverging.isEmpty(); i++) {
      int token = sampler.next(sequence.append(next));
      if (token != wanted.greedy()[i]) diverging = Optional.of(i);
      next = new int[] {token};
    }
    String way = model.mode() == TorchModel.Mode.CACHED ? "cached" : "recomputed";
    return new Findings.Continuation(way, wanted.greedy().length, diverging);
  }
}
