package dune.frontend.elaborate;

import dune.frontend.diagnostic.Diagnostics;
import dune.ir.Program;
import dune.ir.checkpoint.CheckpointMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// What elaboration gives.
///
/// @param program the model with its function `forward`; empty if there are errors
/// @param checkpoint where files keep the weights; empty if the model has no clause that fits
/// @param parameters every parameter of the model with its value as text, in the order of the
///   header
/// @param diagnostics all problems, warnings included
public record Elaborated(
    Optional<Program> program,
    Optional<CheckpointMap> checkpoint,
    Map<String, String> parameters,
    Diagnostics diagnostics) {
  public Elaborated {
    parameters = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
  }
}
