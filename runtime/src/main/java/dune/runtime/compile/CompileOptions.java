package dune.runtime.compile;

import dune.ir.Elem;
import dune.passes.Optimization;
import dune.passes.Use;
import dune.runtime.adapter.Adaptation;
import java.util.List;
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
/// @param adapters what is added to the weights of the checkpoint
/// @param use what it is compiled for
public record CompileOptions(
    Optional<Elem> elem,
    OptionalInt context,
    int chunk,
    Map<String, String> values,
    Optimization optimization,
    List<Adaptation.Choice> adapters,
    Use use) {
  public static final CompileOptions DEFAULTS =
      new CompileOptions(
          Optional.empty(),
          OptionalInt.empty(),
          256,
          Map.of(),
          Optimization.O2,
          List.of(),
          Use.EVERYTHING);

  public CompileOptions {
    values = Map.copyOf(values);
    adapters = List.copyOf(adapters);
    if (chunk < 1) throw new IllegalArgumentException("chunk " + chunk);
  }

  public CompileOptions withElem(Elem other) {
    return new CompileOptions(
        Optional.of(other), context, chunk, values, optimization, adapters, use);
  }

  public CompileOptions withValues(Map<String, String> other) {
    return new CompileOptions(elem, context, chunk, other, optimization, adapters, use);
  }

  public CompileOptions withContext(int other) {
    return new CompileOptions(
        elem, OptionalInt.of(other), chunk, values, optimization, adapters, use);
  }

  public CompileOptions withOptimization(Optimization other) {
    return new CompileOptions(elem, context, chunk, values, other, adapters, use);
  }

  public CompileOptions withChunk(int other) {
    return new CompileOptions(elem, context, other, values, optimization, adapters, use);
  }

  public CompileOptions withAdapters(List<Adaptation.Choice> other) {
    return new CompileOptions(elem, context, chunk, values, optimization, other, use);
  }

  public CompileOptions withUse(Use other) {
    return new CompileOptions(elem, context, chunk, values, optimization, adapters, other);
  }
}
