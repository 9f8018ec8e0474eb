package dune.weights.tensor;

import dune.ir.Elem;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// How a file stores one element. The order is that of the format: writers put later types first.
public enum DType {
  BOOL(8),
  F4(4),
  F6_E2M3(6),
  F6_E3M2(6),
  U8(8),
  I8(8),
  F8_E5M2(8),
  F8_E4M3(8),
  F8_E8M0(8),
  F8_E4M3FNUZ(8),
  F8_E5M2FNUZ(8),
  I16(16),
  U16(16),
  F16(16),
  BF16(16),
  I32(32),
  U32(32),
  F32(32),
  C64(64),
  F64(64),
  I64(64),
  U64(64);

  private final int bits;

  DType(int bits) {
    this.bits = bits;
  }

  public int bits() {
    return bits;
  }

  public static Optional<DType> of(String text) {
    for (DType type : values()) {
      if (type.name().equals(text)) return Optional.of(type);
    }
    return Optional.empty();
  }

  public static DType of(Elem elem) {
    return switch (elem) {
      case BOOL -> BOOL;
      case INT -> I64;
      case F16 -> F16;
      case BF16 -> BF16;
      case F32 -> F32;
      case F64 -> F64;
    };
  }

  /// The element type that computes with these elements as they are; empty for those that none
  /// does.
  public Optional<Elem> elem() {
    return switch (this) {
      case BOOL -> Optional.of(Elem.BOOL);
      case I64 -> Optional.of(Elem.INT);
      case F16 -> Optional.of(Elem.F16);
      case BF16 -> Optional.of(Elem.BF16);
      case F32 -> Optional.of(Elem.F32);
      case F64 -> Optional.of(Elem.F64);
      case F4, F6_E2M3, F6_E3M2, F8_E5M2, F8_E4M3, F8_E8M0, F8_E4M3FNUZ, F8_E5M2FNUZ ->
          Optional.empty();
      case U8, I8, I16, U16, I32, U32, U64, C64 -> Optional.empty();
    };
  }

  /// The size of a tensor; empty if it does not fit 64 bits or does not fill whole bytes.
  public OptionalLong bytes(List<Long> shape) {
    // A zero makes the tensor empty, however large the other sizes are.
    if (shape.contains(0L)) return OptionalLong.of(0);
    try {
      long total = bits;
      for (long size : shape) total = Math.multiplyExact(total, size);
      return total % 8 == 0 ? OptionalLong.of(total / 8) : OptionalLong.empty();
    } catch (ArithmeticException _) {
      return OptionalLong.empty();
    }
  }
}
