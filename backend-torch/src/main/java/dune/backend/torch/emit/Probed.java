package dune.backend.torch.emit;

import java.util.List;
import java.util.Map;

/// An archive that observes itself.
///
/// @param places by method, what the numbers that it notes down stand for
public record Probed(Emitted emitted, Map<String, List<Place>> places) {
  public Probed {
    places = Map.copyOf(places);
  }
}
