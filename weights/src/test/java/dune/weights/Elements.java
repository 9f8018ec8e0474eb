package dune.weights;

import dune.weights.convert.ElementStream;
import dune.weights.tensor.Tensors;
import dune.weights.tensor.Tensors.Located;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.ValueLayout;
import java.util.LinkedHashMap;
import java.util.Map;

/// What tensors hold, in their own type.
public final class Elements {
  private Elements() {}

  public static byte[] of(Located tensor) {
    var bytes = new ByteArrayOutputStream();
    try {
      ElementStream.write(
          tensor, tensor.info().type(), piece -> bytes.write(piece.toArray(ValueLayout.JAVA_BYTE)));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    return bytes.toByteArray();
  }

  /// By name, type and shape.
  public static Map<String, byte[]> of(Tensors tensors) {
    var all = new LinkedHashMap<String, byte[]>();
    tensors.all().values().forEach(tensor -> all.put(tensor.info().toString(), of(tensor)));
    return all;
  }
}
