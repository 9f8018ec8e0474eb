package dune.ir;

import dune.ir.dim.Dim;
import java.util.ArrayList;

/// Operations that read at places given by another tensor.
public sealed interface Indexing extends Op {

  /// Reads `x` along `axis` at `indices`. The first `batch` axes of both are walked together; the
  /// rest of `indices` takes the place of `axis`: `x[batch.., before.., axis, after..]` and
  /// `indices[batch.., more..]` give `[batch.., before.., more.., after..]`.
  ///
  /// - (C1) `indices` is `int`
  /// - (C2) `batch` leading axes have equal dimensions, and `axis` comes after them
  record Gather(Value x, Value indices, int axis, int batch) implements Indexing {
    @Override
    public Inferred infer(Types types) {
      Type source = types.of(x);
      Type index = types.of(indices);
      if (index.elem() != Elem.INT) return Inferred.broken(1, "indices are " + index);
      if (batch < 0
          || axis < batch
          || axis >= source.rank()
          || batch > index.rank()
          || !source
              .shape()
              .dims()
              .subList(0, batch)
              .equals(index.shape().dims().subList(0, batch))) {
        return Inferred.broken(2, source + " at " + index + ", axis " + axis + ", batch " + batch);
      }
      var dims = new ArrayList<Dim>(source.shape().dims().subList(0, axis));
      dims.addAll(index.shape().dims().subList(batch, index.rank()));
      dims.addAll(source.shape().dims().subList(axis + 1, source.rank()));
      return Inferred.of(source.with(new Shape(dims)));
    }
  }
}
