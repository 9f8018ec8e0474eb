package dune.backend.torch.run;

/// Where tensors lie and are computed.
public enum Device {
  CPU("cpu"),
  MPS("mps"),
  CUDA("cuda");

  private final String text;

  Device(String text) {
    this.text = text;
  }

  /// As the command line and torch write it.
  public String text() {
    return text;
  }

  @Override
  public String toString() {
    return text;
  }
}
