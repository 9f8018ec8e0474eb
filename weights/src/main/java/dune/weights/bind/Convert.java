package dune.weights.bind;

import dune.ir.Elem;
import dune.weights.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.foreign.ValueLayout.OfDouble;
import java.lang.foreign.ValueLayout.OfFloat;
import java.lang.foreign.ValueLayout.OfInt;
import java.lang.foreign.ValueLayout.OfLong;
import java.lang.foreign.ValueLayout.OfShort;
import java.nio.ByteOrder;

/// Changes element types. Narrowing rounds to nearest, ties to even; f64 goes to the small types by
/// way of f32, as PyTorch does it.
///
/// Elements pass through arrays, block by block: loops over arrays are fast even before the JVM has
/// compiled them well, and most runs of a command end before.
public final class Convert {
  private static final OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final OfDouble DOUBLE =
      ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /// Elements; all arrays of a block stay in the second cache.
  private static final int BLOCK = 8192;

  private static final int INFINITE_F16 = 0x7c00;
  private static final int INFINITE_BF16 = 0x7f80;

  private final short[] shorts = new short[BLOCK];
  private final float[] floats = new float[BLOCK];
  private final double[] doubles = new double[BLOCK];

  private Convert() {}

  /// Floats become one another, and narrower integers 64 bits. Types that need scales are not
  /// numbers by themselves.
  public static boolean isPossible(DType from, DType to) {
    if (from == to) return true;
    return switch (to) {
      case F16, BF16, F32, F64 -> isFloat(from);
      case I64 -> from == DType.I32;
      case BOOL, U8, I8, I16, U16, I32, U32, U64, C64 -> false;
      case F4, F6_E2M3, F6_E3M2, F8_E5M2, F8_E4M3, F8_E8M0, F8_E4M3FNUZ, F8_E5M2FNUZ -> false;
    };
  }

  private static boolean isFloat(DType type) {
    return type.elem().filter(Elem::isFloat).isPresent();
  }

  /// Both segments hold `count` elements, one behind the other.
  ///
  /// @return how many finite numbers became infinite, because the target is too narrow for them
  public static long convert(
      MemorySegment from, DType source, MemorySegment to, DType target, long count) {
    if (source == DType.I32 && target == DType.I64) {
      for (long i = 0; i < count; i++) to.set(LONG, i * 8, from.get(INT, i * 4));
      return 0;
    }
    var blocks = new Convert();
    long overflows = 0;
    for (long at = 0; at < count; at += BLOCK) {
      int size = (int) Math.min(BLOCK, count - at);
      long before = blocks.read(from, source, at, size);
      overflows += blocks.write(to, target, at, size) - before;
    }
    return overflows;
  }

  /// Fills `floats`, and counts the infinite numbers of the source.
  private long read(MemorySegment from, DType type, long at, int size) {
    switch (type) {
      case F16 -> {
        MemorySegment.copy(from, SHORT, at * 2, shorts, 0, size);
        for (int i = 0; i < size; i++) floats[i] = Float.float16ToFloat(shorts[i]);
      }
      case BF16 -> {
        MemorySegment.copy(from, SHORT, at * 2, shorts, 0, size);
        for (int i = 0; i < size; i++) floats[i] = Float.intBitsToFloat(shorts[i] << 16);
      }
      case F32 -> MemorySegment.copy(from, FLOAT, at * 4, floats, 0, size);
      case F64 -> {
        MemorySegment.copy(from, DOUBLE, at * 8, doubles, 0, size);
        long infinite = 0;
        for (int i = 0; i < size; i++) {
          floats[i] = (float) doubles[i];
          if (Double.isInfinite(doubles[i])) infinite++;
        }
        return infinite;
      }
      default -> throw new IllegalArgumentException("no floats in " + type);
    }
    return infinite(size);
  }

  private long infinite(int size) {
    long infinite = 0;
    for (int i = 0; i < size; i++) if (Float.isInfinite(floats[i])) infinite++;
    return infinite;
  }

  /// Writes `floats`, and counts the infinite numbers of the target.
  private long write(MemorySegment to, DType type, long at, int size) {
    switch (type) {
      case F16 -> {
        for (int i = 0; i < size; i++) shorts[i] = Float.floatToFloat16(floats[i]);
        MemorySegment.copy(shorts, 0, to, SHORT, at * 2, size);
        return equal(INFINITE_F16, size);
      }
      case BF16 -> {
        for (int i = 0; i < size; i++) shorts[i] = bfloat16(floats[i]);
        MemorySegment.copy(shorts, 0, to, SHORT, at * 2, size);
        return equal(INFINITE_BF16, size);
      }
      case F32 -> MemorySegment.copy(floats, 0, to, FLOAT, at * 4, size);
      case F64 -> {
        for (int i = 0; i < size; i++) doubles[i] = floats[i];
        MemorySegment.copy(doubles, 0, to, DOUBLE, at * 8, size);
      }
      default -> throw new IllegalArgumentException("no floats in " + type);
    }
    return infinite(size);
  }

  /// How many of the shorts are these bits, whatever their sign.
  private long equal(int bits, int size) {
    long equal = 0;
    for (int i = 0; i < size; i++) if ((shorts[i] & 0x7fff) == bits) equal++;
    return equal;
  }

  /// Rounds the first `size` numbers of `block` to elements `at`, `at + 1`, .. of a segment.
  public static void write(MemorySegment to, DType type, long at, double[] block, int size) {
    switch (type) {
      case F16 -> {
        var shorts = new short[size];
        for (int i = 0; i < size; i++) shorts[i] = Float.floatToFloat16((float) block[i]);
        MemorySegment.copy(shorts, 0, to, SHORT, at * 2, size);
      }
      case BF16 -> {
        var shorts = new short[size];
        for (int i = 0; i < size; i++) shorts[i] = bfloat16((float) block[i]);
        MemorySegment.copy(shorts, 0, to, SHORT, at * 2, size);
      }
      case F32 -> {
        var floats = new float[size];
        for (int i = 0; i < size; i++) floats[i] = (float) block[i];
        MemorySegment.copy(floats, 0, to, FLOAT, at * 4, size);
      }
      case F64 -> MemorySegment.copy(block, 0, to, DOUBLE, at * 8, size);
      default -> throw new IllegalArgumentException("no floats in " + type);
    }
  }

  private static short bfloat16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if ((bits & 0x7fffffff) > 0x7f800000) return (short) 0x7fc0;
    int tie = (bits >>> 16) & 1;
    return (short) ((bits + 0x7fff + tie) >>> 16);
  }
}
