package dune.runtime.verify;

import dune.runtime.model.TorchModel;

/// What a model makes of the tokens of a golden: whole sequences at once, and from its caches.
///
/// Two levels of one model add the same numbers in another order. In f32 they differ in the last
/// digits only, far less than an implementation by somebody else may.
record Logits(float[] scored, float[] stepped) {
  /// How far two levels may be apart in f32, relative to the largest logit.
  static final double ROUNDING = 1e-5;

  static Logits of(TorchModel model, Golden golden) {
    return new Logits(
        model.score(golden.tokens(), golden.rows(), golden.steps()),
        model.step(golden.tokens(), golden.rows(), golden.steps()));
  }

  /// The largest difference, relative to the largest logit of `other`.
  double distanceFrom(Logits other) {
    return Math.max(distance(scored, other.scored), distance(stepped, other.stepped));
  }

  private static double distance(float[] ours, float[] theirs) {
    if (ours.length != theirs.length) throw new IllegalArgumentException("unequal lengths");
    double greatest = 0;
    double difference = 0;
    for (int i = 0; i < theirs.length; i++) {
      // Logits that are masked are the same infinity in both.
      if (ours[i] == theirs[i] && Float.isInfinite(ours[i])) continue;
      greatest = Math.max(greatest, Math.abs(theirs[i]));
      difference = Math.max(difference, Math.abs((double) ours[i] - theirs[i]));
    }
    return difference == 0 ? 0 : difference / greatest;
  }
}
