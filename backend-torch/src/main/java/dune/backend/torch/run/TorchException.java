package dune.backend.torch.run;

/// Torch refused what it was asked to load or run: since archives are ours, a fault of ours.
public final class TorchException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public TorchException(String message, Throwable cause) {
    super(message, cause);
  }
}
