package dune.runtime.verify;

import dune.runtime.generate.LanguageModel;
import dune.runtime.model.TorchModel;
import dune.runtime.model.TorchModel.Mode;
import dune.runtime.sample.Sampler;
import dune.runtime.sample.SamplingSettings;
import dune.runtime.verify.Findings.Comparison;
import dune.runtime.verify.Findings.Continuation;
import dune.runtime.verify.Findings.Place;
import dune.weights.InputFailure;
import java.util.List;
import java.util.Optional;

/// Holds a model against a reference, in every way in which it can compute: whole sequences at
/// once, and step by step from its caches.
public final class Verification {
  private final Golden golden;
  private final double tolerance;
  private final double greatest;

  /// @param tolerance relative to the largest logit of the reference
  public Verification(Golden golden, double tolerance) {
    this.golden = golden;
    this.tolerance = tolerance;
    this.greatest = greatest(golden.logits());
  }

  private static double greatest(float[] logits) {
    double greatest = 0;
    for (float value : logits) {
      if (Float.isFinite(value)) greatest = Math.max(greatest, Math.abs(value));
    }
    return greatest;
  }

  /// @throws InputFailure if the reference does not fit the model: another vocabulary, too long
  public Findings run(TorchModel model) {
    requireVocabulary(model.limits().vocabulary());
    golden.continuation().ifPresent(text -> requireRoom(text, model));
    List<Mode> ways =
        model.isCached() ? List.of(Mode.RECOMPUTED, Mode.CACHED) : List.of(Mode.RECOMPUTED);
    return new Findings(
        greatest,
        tolerance,
        ways.stream().map(way -> compare(way, logits(model, way))).toList(),
        golden.continuation().stream()
            .flatMap(text -> ways.stream().map(way -> compare(model, way, text)))
            .toList());
  }

  private void requireVocabulary(int ours) {
    if (ours == vocabulary()) return;
    throw new InputFailure(
        "the model has a vocabulary of %d, the reference one of %d".formatted(ours, vocabulary()));
  }

  private int vocabulary() {
    return golden.logits().length / (golden.rows() * golden.steps());
  }

  private static void requireRoom(Golden.Continuation text, TorchModel model) {
    int length = text.prompt().length + text.greedy().length;
    if (length <= model.context()) return;
    throw new InputFailure(
        "`prompt` and `greedy` have %d tokens, and the context holds %d; --ctx-size makes it larger"
            .formatted(length, model.context()));
  }

  private float[] logits(TorchModel model, Mode way) {
    return switch (way) {
      case CACHED -> model.step(golden.tokens(), golden.rows(), golden.steps());
      case RECOMPUTED -> model.score(golden.tokens(), golden.rows(), golden.steps());
    };
  }

  private Comparison compare(Mode way, float[] ours) {
    float[] theirs = golden.logits();
    int worst = 0;
    int first = -1;
    for (int i = 0; i < theirs.length; i++) {
      double difference = difference(ours[i], theirs[i]);
      if (difference > difference(ours[worst], theirs[worst])) worst = i;
      if (first < 0 && difference > tolerance * greatest) first = i;
    }
    double difference = difference(ours[worst], theirs[worst]);
    return new Comparison(
        way,
        difference,
        difference == 0 ? 0 : difference / greatest,
        place(worst, ours),
        first < 0 ? Optional.empty() : Optional.of(place(first, ours)));
  }

  /// A number that is none differs from everything.
  private static double difference(float ours, float theirs) {
    if (ours == theirs) return 0;
    double difference = Math.abs((double) ours - theirs);
    return Double.isNaN(difference) ? Double.POSITIVE_INFINITY : difference;
  }

  private Place place(int index, float[] ours) {
    float[] theirs = golden.logits();
    int position = index / vocabulary();
    return new Place(
        position / golden.steps(),
        position % golden.steps(),
        index % vocabulary(),
        ours[index],
        theirs[index]);
  }

  private static Continuation compare(TorchModel model, Mode way, Golden.Continuation wanted) {
    var sampler = new Sampler(SamplingSettings.GREEDY);
    LanguageModel.Sequence sequence = model.begin(way);
    int[] next = wanted.prompt();
    Optional<Integer> diverging = Optional.empty();
    for (int i = 0; i < wanted.greedy().length && diverging.isEmpty(); i++) {
      int token = sampler.next(sequence.append(next));
      if (token != wanted.greedy()[i]) diverging = Optional.of(i);
      next = new int[] {token};
    }
    return new Continuation(way, wanted.greedy().length, diverging);
  }
}
