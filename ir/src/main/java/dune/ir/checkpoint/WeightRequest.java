package dune.ir.checkpoint;

import dune.ir.Elem;
import dune.ir.Origin;
import dune.ir.Weight;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/// A weight that the model reads.
///
/// @param path member path
/// @param shape sizes, outermost first, as the model uses the weight
/// @param elem the element type that the model computes with
/// @param origin the `param` declaration that asks for it
public record WeightRequest(String path, List<Long> shape, Elem elem, Origin origin) {

  public WeightRequest {
    if (path.isEmpty()) throw new IllegalArgumentException("a weight has a path");
    shape = List.copyOf(shape);
    for (long size : shape) {
      if (size < 0) throw new IllegalArgumentException(path + " has the shape " + shape);
    }
  }

  /// The request for a weight of a program, whose sizes are all known.
  public static WeightRequest of(Weight weight) {
    long[] sizes = weight.type().shape().evaluate(Map.of());
    var shape = LongStream.of(sizes).boxed().toList();
    return new WeightRequest(weight.path(), shape, weight.type().elem(), weight.origin());
  }
}
