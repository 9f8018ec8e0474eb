package dune.weights.bind;

import dune.weights.tensor.TensorInfo;
import dune.weights.tensor.Tensors;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;

/// Loads a tensor as a model would that asks for it as it is.
public final class WeightLoading {
  private WeightLoading() {}

  public static byte[] bytes(Tensors tensors, TensorInfo wanted) {
    var shape = wanted.shape().stream().mapToLong(Long::longValue).toArray();
    var clause =
        new Clause()
            .rule("*", "{*}")
            .want(wanted.name(), wanted.type().elem().orElseThrow(), shape);
    var report = clause.bind(tensors);
    try (var arena = Arena.ofConfined()) {
      var loader = new WeightLoader(tensors.map(arena), arena);
      return loader.load(report.bindings().getFirst()).bytes().toArray(ValueLayout.JAVA_BYTE);
    }
  }
}
