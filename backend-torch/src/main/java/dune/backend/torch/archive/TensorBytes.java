package dune.backend.torch.archive;

import dune.ir.Elem;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Numbers as the bytes of a tensor.
public final class TensorBytes {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfDouble DOUBLE =
      ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private TensorBytes() {}

  /// `numbers` rounded to `elem`, to the nearest, ties to even.
  public static MemorySegment of(Elem elem, double... numbers) {
    var bytes = MemorySegment.ofArray(new byte[Math.multiplyExact(numbers.length, elem.bytes())]);
    for (int i = 0; i < numbers.length; i++) put(bytes, elem, i, numbers[i]);
    return bytes;
  }

  private static void put(MemorySegment bytes, Elem elem, long i, double number) {
    switch (elem) {
      case BOOL -> bytes.set(ValueLayout.JAVA_BYTE, i, (byte) (number != 0 ? 1 : 0));
      case INT -> bytes.setAtIndex(LONG, i, (long) number);
      case F16 -> bytes.setAtIndex(SHORT, i, Float.floatToFloat16((float) number));
      case BF16 -> bytes.setAtIndex(SHORT, i, brain((float) number));
      case F32 -> bytes.setAtIndex(FLOAT, i, (float) number);
      case F64 -> bytes.setAtIndex(DOUBLE, i, number);
    }
  }

  private static short brain(float number) {
    int bits = Float.floatToRawIntBits(number);
    if (Float.isNaN(number)) return (short) (bits >> 16 | 0x40);
    return (short) (bits + 0x7fff + (bits >> 16 & 1) >> 16);
  }
}
