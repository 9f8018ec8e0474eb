package dune.passes.train;

/// What is made of a loss.
///
/// @param z how much the square of `log(sum(exp(logits)))` adds to the loss, on average over the
///   steps that count (Chowdhery et al., PaLM, section 5); 0 adds nothing
public record LossOptions(double z, Activations activations, Sharing sharing) {
  public static final LossOptions PLAIN = new LossOptions(0, Activations.KEPT, Sharing.NONE);

  public LossOptions {
    // Runs that an earlier version began do not say.
    if (sharing == null) sharing = Sharing.NONE;
    if (!(z >= 0) || Double.isInfinite(z)) {
      throw new IllegalArgumentException("a share of " + z);
    }
  }

  public LossOptions withZ(double share) {
    return new LossOptions(share, activations, sharing);
  }

  public LossOptions with(Activations other) {
    return new LossOptions(z, other, sharing);
  }

  public LossOptions with(Sharing other) {
    return new LossOptions(z, activations, other);
  }
}
