package dune.runtime.sentencepiece;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/// Protocol buffers as they are encoded: fields with a number and a value, one after the other.
/// Nothing is believed: every length is checked against what is there.
final class Wire {
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED32 = 5;

  private final ByteBuffer in;
  private int field;
  private int kind;

  Wire(ByteBuffer in) {
    this.in = in.order(ByteOrder.LITTLE_ENDIAN);
  }

  /// A file that is not what it should be.
  static final class Broken extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Broken(String message) {
      super(message);
    }
  }

  /// Goes to the next field; false at the end.
  boolean next() {
    if (!in.hasRemaining()) return false;
    long tag = varint();
    field = (int) (tag >>> 3);
    kind = (int) (tag & 7);
    if (tag >>> 3 == 0 || tag >>> 3 > 1 << 29) throw new Broken("a field has no valid number");
    return true;
  }

  int field() {
    return field;
  }

  private long varint() {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (!in.hasRemaining()) throw new Broken("it ends in the middle of a number");
      byte part = in.get();
      value |= (long) (part & 0x7F) << shift;
      if (part >= 0) return value;
    }
    throw new Broken("a number does not end");
  }

  private void require(int wanted) {
    if (kind != wanted) throw new Broken("field " + field + " has another type than it should");
  }

  int integer() {
    require(VARINT);
    return (int) varint();
  }

  boolean flag() {
    require(VARINT);
    return varint() != 0;
  }

  float real() {
    require(FIXED32);
    requireRemaining(4);
    return in.getFloat();
  }

  private void requireRemaining(long count) {
    if (count < 0 || count > in.remaining()) {
      throw new Broken("field %d is longer than what is left of the file".formatted(field));
    }
  }

  ByteBuffer bytes() {
    require(BYTES);
    long length = varint();
    requireRemaining(length);
    ByteBuffer inner = in.slice(in.position(), (int) length);
    in.position(in.position() + (int) length);
    return inner;
  }

  Wire message() {
    return new Wire(bytes());
  }

  String text() {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(bytes()).toString();
    } catch (CharacterCodingException e) {
      throw new Broken("field " + field + " is not valid UTF-8");
    }
  }

  void skip() {
    switch (kind) {
      case VARINT -> varint();
      case BYTES -> bytes();
      case FIXED32, FIXED64 -> {
        int length = kind == FIXED32 ? 4 : 8;
        requireRemaining(length);
        in.position(in.position() + length);
      }
      default -> throw new Broken("field " + field + " has an unknown type");
    }
  }
}
