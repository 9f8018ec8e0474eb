package dune.ir;

import java.util.Optional;

/// The type of one element of a tensor.
public enum Elem {
  BOOL("bool", 1),
  INT("int", 8),
  F16("f16", 2),
  BF16("bf16", 2),
  F32("f32", 4),
  F64("f64", 8);

  private final String text;
  private final int bytes;

  Elem(String text, int bytes) {
    this.text = text;
    this.bytes = bytes;
  }

  /// As the language and the printed IR write it.
  public String text() {
    return text;
  }

  public int bytes() {
    return bytes;
  }

  public boolean isFloat() {
    return this != BOOL && this != INT;
  }

  public static Optional<Elem> of(String text) {
    for (Elem elem : values()) {
      if (elem.text.equals(text)) return Optional.of(elem);
    }
    return Optional.empty();
  }

  @Override
  public String toString() {
    return text;
  }
}
