package dune.backend.torch.run;

/// This machine lacks what was asked for: a device, the native library, memory, a readable file.
/// The message is one line and says what to do.
public final class TorchEnvironmentException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public TorchEnvironmentException(String message) {
    super(message);
  }

  public TorchEnvironmentException(String message, Throwable cause) {
    super(message, cause);
  }
}
