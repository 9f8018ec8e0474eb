package dune.backend.torch.run;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// Which device the user asks for.
public enum DeviceRequest {
  /// The fastest that is there: CUDA, then MPS, then the processor.
  AUTO,
  CPU,
  MPS,
  CUDA;

  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static Optional<DeviceRequest> of(String text) {
    return Arrays.stream(values()).filter(request -> request.text().equals(text)).findFirst();
  }
}
