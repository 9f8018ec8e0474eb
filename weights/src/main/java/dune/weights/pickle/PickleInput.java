package dune.weights.pickle;

import dune.weights.InputFailure;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigInteger;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/// Reads the parts of a pickle one after the other, and never beyond its end.
final class PickleInput {
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /// Longer than any module or name.
  private static final int LONGEST_LINE = 1000;

  private final Path file;
  private final MemorySegment bytes;
  private long position;

  PickleInput(Path file, MemorySegment bytes) {
    this.file = file;
    this.bytes = bytes;
  }

  long position() {
    return position;
  }

  int u8() {
    return bytes.get(ValueLayout.JAVA_BYTE, advance(1)) & 0xff;
  }

  int u16() {
    return u8() | u8() << 8;
  }

  int i32() {
    return bytes.get(INT, advance(4));
  }

  long i64() {
    return bytes.get(LONG, advance(8));
  }

  /// A length of 32 bits; one that is larger than the file is found when it is used.
  long length() {
    return Integer.toUnsignedLong(i32());
  }

  void skip(long count) {
    advance(count);
  }

  String text(long count) {
    long at = advance(count);
    byte[] text = bytes.asSlice(at, count).toArray(ValueLayout.JAVA_BYTE);
    return new String(text, StandardCharsets.UTF_8);
  }

  /// Up to the next line break.
  String line() {
    for (long end = position; end < bytes.byteSize(); end++) {
      if (end - position > LONGEST_LINE) throw broken("a name in its pickle does not end");
      if (bytes.get(ValueLayout.JAVA_BYTE, end) == '\n') {
        var line = text(end - position);
        skip(1);
        return line;
      }
    }
    throw truncated();
  }

  /// A number in two's complement, the lowest byte first.
  BigInteger number(int count) {
    var reversed = new byte[count];
    for (int i = count - 1; i >= 0; i--) reversed[i] = (byte) u8();
    return count == 0 ? BigInteger.ZERO : new BigInteger(reversed);
  }

  private long advance(long count) {
    if (count < 0 || count > bytes.byteSize() - position) throw truncated();
    long at = position;
    position += count;
    return at;
  }

  private InputFailure truncated() {
    return broken("its pickle ends too early; it is truncated; download or copy it again");
  }

  InputFailure broken(String message) {
    return new InputFailure(file, message);
  }
}
