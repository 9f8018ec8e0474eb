package dune.runtime.sample;

/// A model's logits cannot be sampled from: its weights, or its arithmetic in this element type,
/// are broken.
public final class SamplingException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  SamplingException(String message) {
    super(message);
  }
}
