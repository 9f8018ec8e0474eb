package dune.weights.bind;

import dune.weights.safetensors.DType;
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

  private static final int BLOCK = 4096;

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
    return switch (type) {
      case F16, BF16, F32, F64 -> true;
      case BOOL, U8, I8, I16, U16, I32, U32, I64, U64, C64 -> false;
      case F4, F6_E2M3, F6_E3M2, F8_E5M2, F8_E4M3, F8_E8M0, F8_E4M3FNUZ, F8_E5M2FNUZ -> false;
    };
  }

  /// Both segments hold `count` elements, one behind the other.
  public static void convert(
      MemorySegment from, DType source, MemorySegment to, DType target, long count) {
    if (source == DType.I32 && target == DType.I64) {
      for (long i = 0; i < count; i++) to.set(LONG, i * 8, from.get(INT, i * 4));
      return;
    }
    var block = new double[BLOCK];
    for (long at = 0; at < count; at += BLOCK) {
      int size = (int) Math.min(BLOCK, count - at);
      read(from, source, at, block, size);
      write(to, target, at, block, size);
    }
  }

  /// How many of the floats are infinite.
  public static long infinities(MemorySegment from, DType type, long count) {
    if (!isFloat(type)) return 0;
    long infinities = 0;
    var block = new double[BLOCK];
    for (long at = 0; at < count; at += BLOCK) {
      int size = (int) Math.min(BLOCK, count - at);
      read(from, type, at, block, size);
      for (int i = 0; i < size; i++) if (Double.isInfinite(block[i])) infinities++;
    }
    return infinities;
  }

  // Both copy whole blocks between memory and arrays: element by element, memory is slow until the
  // JVM has compiled the loop with all its effort, which a command line does not wait for.

  private static void read(MemorySegment from, DType type, long at, double[] block, int size) {
    switch (type) {
      case F16 -> {
        var shorts = new short[size];
        MemorySegment.copy(from, SHORT, at * 2, shorts, 0, size);
        for (int i = 0; i < size; i++) block[i] = Float.float16ToFloat(shorts[i]);
      }
      case BF16 -> {
        var shorts = new short[size];
        MemorySegment.copy(from, SHORT, at * 2, shorts, 0, size);
        for (int i = 0; i < size; i++) block[i] = Float.intBitsToFloat(shorts[i] << 16);
      }
      case F32 -> {
        var floats = new float[size];
        MemorySegment.copy(from, FLOAT, at * 4, floats, 0, size);
        for (int i = 0; i < size; i++) block[i] = floats[i];
      }
      case F64 -> MemorySegment.copy(from, DOUBLE, at * 8, block, 0, size);
      default -> throw new IllegalArgumentException("no floats in " + type);
    }
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
    if (Float.isNaN(value)) return (short) 0x7fc0;
    int bits = Float.floatToRawIntBits(value);
    int tie = (bits >>> 16) & 1;
    return (short) ((bits + 0x7fff + tie) >>> 16);
  }
}
