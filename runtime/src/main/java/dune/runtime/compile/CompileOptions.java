package dune.runtime.compile;

import dune.ir.Elem;
import dune.passes.Optimization;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/// How a model is compiled.
///
/// @param elem the float type to compute in; the checkpoint's own if empty
/// @param context the most tokens of a sequence; chosen from the config if empty
/// @param chunk the most tokens that one call takes in
/// @param values parameters of the model given by hand
/// @param optimization how much is done for speed
public record CompileOptions(
    Optional<Elem> elem,
    OptionalInt context,
    int chunk,
    Map<String, String> values,
    Optimization optimization) {
  public static final CompileOptions DEFAULTS =
      new CompileOptions(Optional.empty(), OptionalInt.empty(), 256, Map.of(), Optimization.O2);

  public CompileOptions {
    values = Map.copyOf(values);
    if (chunk < 1) throw new IllegalArgumentException("chunk " + chunk);
  }

  public CompileOptions withElem(Elem other) {
    return new CompileOptions(Optional.of(other), context, chunk, values, optimization);
  }

  public CompileOptions withValues(Map<String, String> other) {
    return new CompileOptions(elem, context, chunk, other, optimization);
  }

  public CompileOptions withContext(int other) {
    return new CompileOptions(elem, OptionalInt.of(other), chunk, values, optimization);
  }

  public CompileOptions withOptimization(Optimization other) {
    return new CompileOptions(elem, context, chunk, values, other);
  }

  public CompileOptions withChunk(int other) {
    return new CompileOptions(elem, context, other, values, optimization);
  }
}
