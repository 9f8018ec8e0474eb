package dune.backend.torch.run;

/// Settings of AdamW (Loshchilov and Hutter, 2019, arXiv 1711.05101).
///
/// @param beta1 how much of the mean gradient is kept in a step
/// @param beta2 how much of the mean squared gradient is kept in a step
/// @param epsilon added to the root of the mean square
/// @param decay by which weights of two axes or more shrink, times the learning rate
public record AdamW(double beta1, double beta2, double epsilon, double decay) {
  public AdamW {
    if (!(beta1 >= 0 && beta1 < 1)) throw new IllegalArgumentException("beta1 " + beta1);
    if (!(beta2 >= 0 && beta2 < 1)) throw new IllegalArgumentException("beta2 " + beta2);
    if (!(epsilon > 0)) throw new IllegalArgumentException("epsilon " + epsilon);
    if (!(decay >= 0)) throw new IllegalArgumentException("decay " + decay);
  }
}
